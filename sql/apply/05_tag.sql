-- Write the tags of the tools that changed. The tags of a removed tool are deleted with it.

DELETE FROM registry.tool_tags AS tag
USING pg_temp.staged AS staged
WHERE staged.action = 'update' AND staged.kind = 'Tool' AND tag.tool_id = staged.id;

INSERT INTO registry.tool_tags (tool_id, tag)
SELECT
    staged.id,
    tag.value
FROM pg_temp.staged AS staged
CROSS JOIN LATERAL json_array_elements_text(staged.manifest #> '{metadata,tags}') AS tag
WHERE staged.action IN ('create', 'update', 'move') AND staged.kind = 'Tool';
