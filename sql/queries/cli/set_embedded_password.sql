-- The statement that gives the role of the embedded server its password, as a verifier of SCRAM.
SELECT format('ALTER ROLE toolreg PASSWORD %%L', %(verifier)s::text) AS statement
