-- Return the statement that sets the password of the embedded server's role, as a SCRAM verifier.
SELECT format('ALTER ROLE toolreg PASSWORD %%L', %(verifier)s::text) AS statement
