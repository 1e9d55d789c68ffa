-- Keep the versions that a reference allows: a new version of a tool asks for the consumers that it leaves behind.

ALTER TABLE registry.references ADD COLUMN range text, ADD COLUMN bounds text;
COMMENT ON COLUMN registry.references.range IS 'The versions of the target that the source can work with, as written; NULL: any.';
COMMENT ON COLUMN registry.references.bounds IS
'The same as bounds alone: alternatives separated by ||, each with bounds that hold together, such as >=2.1.0 <3.0.0-0.';
