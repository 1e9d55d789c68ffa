"""The effect of changed tool schemas on callers: a sender of declared properties only, and a receiver."""
