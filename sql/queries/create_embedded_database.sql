-- The database of an embedded server, made once, by a single-user backend (`postgres --single -j`).
CREATE DATABASE toolreg;
