"""What is promised under faults, proved by breaking things. With --long, far more of them."""
