-- Compare rights, group roles and owners with sql/rights.sql; each difference comes with the statement to repair it, in
-- order.
WITH listed AS (
    SELECT
        item.kind,
        item.name,
        item.privilege,
        item.role
    FROM json_to_recordset(%(rights)s) AS item (kind text, name text, privilege text, role text)
),

role AS (
    SELECT
        'toolreg_' || listed.name AS name,
        to_regrole('toolreg_' || listed.name)::oid AS oid
    FROM listed
    WHERE listed.kind = 'role'
),

space AS (
    SELECT
        oid,
        nspname,
        nspowner,
        nspacl
    FROM pg_catalog.pg_namespace
    WHERE nspname IN ('registry', 'runtime', 'api', 'internal', 'yoyo')
),

-- The name of each relation in the list, and its identity in PostgreSQL.
relation AS (
    SELECT
        class.oid,
        class.relowner,
        class.relacl,
        CASE class.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
        space.nspname || '.' || CASE
            WHEN class.relname <> 'resources' AND EXISTS (
                SELECT FROM pg_catalog.pg_inherits AS inherits
                INNER JOIN pg_catalog.pg_class AS parent ON parent.oid = inherits.inhparent
                INNER JOIN space AS its ON its.oid = parent.relnamespace AND its.nspname = 'registry'
                WHERE inherits.inhrelid = class.oid AND parent.relname = 'resources'
            ) THEN 'resources'
            ELSE class.relname
        END AS name,
        -- An identity's sequence has the owner of its table.
        class.relkind = 'S' AND EXISTS (
            SELECT FROM pg_catalog.pg_depend AS depend
            WHERE depend.classid = 'pg_class'::regclass AND depend.objid = class.oid AND depend.deptype IN ('a', 'i')
        ) AS is_of_a_table,
        format('%%I.%%I', space.nspname, class.relname) AS identity
    FROM pg_catalog.pg_class AS class
    INNER JOIN space ON space.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
),

object AS (
    SELECT
        'schema' AS kind,
        nspname::text AS name,
        NULL AS col,
        format('%%I', nspname) AS identity,
        nspowner AS owner,
        coalesce(nspacl, acldefault('n', nspowner)) AS acl,
        true AS is_owned
    FROM space
    UNION ALL
    SELECT
        relation.kind,
        relation.name,
        NULL,
        relation.identity,
        relation.relowner,
        coalesce(
            relation.relacl,
            acldefault(CASE relation.kind WHEN 'sequence' THEN 's'::"char" ELSE 'r'::"char" END, relation.relowner)
        ),
        NOT relation.is_of_a_table
    FROM relation
    UNION ALL
    SELECT
        'column',
        relation.name || '.' || attribute.attname,
        attribute.attname,
        relation.identity,
        relation.relowner,
        attribute.attacl,
        false
    FROM relation
    INNER JOIN pg_catalog.pg_attribute AS attribute
        ON attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    WHERE
        attribute.attacl IS NOT NULL
        OR relation.name || '.' || attribute.attname IN (SELECT listed.name FROM listed WHERE listed.kind = 'column')
    UNION ALL
    SELECT
        'function',
        space.nspname || '.' || proc.proname,
        NULL,
        format('%%I.%%I(%%s)', space.nspname, proc.proname, pg_get_function_identity_arguments(proc.oid)),
        proc.proowner,
        coalesce(proc.proacl, acldefault('f', proc.proowner)),
        true
    FROM pg_catalog.pg_proc AS proc
    INNER JOIN space ON space.oid = proc.pronamespace
),

wanted AS (
    SELECT
        object.kind,
        object.identity,
        object.col,
        listed.privilege,
        listed.role
    FROM listed
    INNER JOIN object ON object.kind = listed.kind AND object.name = listed.name
),

-- Rights of PUBLIC and of the group roles; the owner has its own.
granted AS (
    SELECT
        object.kind,
        object.identity,
        object.col,
        acl.privilege_type AS privilege,
        coalesce(role.name, 'PUBLIC') AS role,
        bool_or(acl.is_grantable) AS is_grantable
    FROM object
    CROSS JOIN aclexplode(object.acl) AS acl
    LEFT JOIN role ON role.oid = acl.grantee
    WHERE acl.grantee <> object.owner AND (acl.grantee = 0 OR role.oid IS NOT NULL)
    GROUP BY object.kind, object.identity, object.col, acl.privilege_type, role.name
),

difference AS (
    SELECT
        coalesce(wanted.kind, granted.kind) AS kind,
        coalesce(wanted.identity, granted.identity) AS identity,
        coalesce(wanted.col, granted.col) AS col,
        coalesce(wanted.privilege, granted.privilege) AS privilege,
        coalesce(wanted.role, granted.role) AS role,
        CASE
            WHEN granted.role IS NULL THEN 'lacks'
            WHEN wanted.role IS NULL THEN 'must not have'
            ELSE 'must not pass on'
        END AS how
    FROM wanted
    FULL JOIN granted
        ON
            granted.kind = wanted.kind
            AND granted.identity = wanted.identity
            AND granted.col IS NOT DISTINCT FROM wanted.col
            AND granted.privilege = wanted.privilege
            AND granted.role = wanted.role
    WHERE granted.role IS NULL OR wanted.role IS NULL OR granted.is_grantable
),

attribute AS (
    SELECT
        role.name,
        attribute.name AS attribute
    FROM role
    INNER JOIN pg_catalog.pg_roles AS found ON found.oid = role.oid
    CROSS JOIN LATERAL (
        VALUES
        ('LOGIN', found.rolcanlogin),
        ('SUPERUSER', found.rolsuper),
        ('CREATEROLE', found.rolcreaterole),
        ('CREATEDB', found.rolcreatedb),
        ('REPLICATION', found.rolreplication),
        ('BYPASSRLS', found.rolbypassrls)
    ) AS attribute (name, has)
    WHERE attribute.has
),

mending (rank, object, found, statement) AS (
    SELECT
        1,
        'role ' || role.name,
        'is missing',
        format('CREATE ROLE %%I NOLOGIN', role.name)
    FROM role
    WHERE role.oid IS NULL
    UNION ALL
    SELECT
        2,
        'role ' || attribute.name,
        'must not have ' || attribute.attribute,
        format('ALTER ROLE %%I NO%%s', attribute.name, attribute.attribute)
    FROM attribute
    UNION ALL
    SELECT
        2,
        'role ' || role.name,
        'must not be a member of ' || member.roleid::regrole,
        format('REVOKE %%s FROM %%I GRANTED BY %%s', member.roleid::regrole, role.name, member.grantor::regrole)
    FROM role
    INNER JOIN pg_catalog.pg_auth_members AS member ON member.member = role.oid
    UNION ALL
    SELECT
        CASE object.kind WHEN 'schema' THEN 3 ELSE 4 END,
        object.kind || ' ' || object.identity,
        format('belongs to %%s; expected the owner of schema registry', object.owner::regrole),
        format(
            'ALTER %%s %%s OWNER TO %%s',
            CASE object.kind WHEN 'function' THEN 'ROUTINE' ELSE upper(object.kind) END,
            object.identity,
            space.nspowner::regrole
        )
    FROM object
    INNER JOIN space ON space.nspname = 'registry' AND space.nspowner <> object.owner
    WHERE object.is_owned
    UNION ALL
    SELECT DISTINCT
        5,
        'schema ' || space.nspname,
        format(
            'gives %%s to %%s by default', lower(privilege.on_what), coalesce(role.name, 'PUBLIC')
        ),
        format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %%s IN SCHEMA %%I REVOKE ALL ON %%s FROM %%s',
            standing.defaclrole::regrole,
            space.nspname,
            privilege.on_what,
            coalesce(quote_ident(role.name), 'PUBLIC')
        )
    FROM pg_catalog.pg_default_acl AS standing
    INNER JOIN space ON space.oid = standing.defaclnamespace
    INNER JOIN (
        VALUES ('r'::"char", 'TABLES'), ('S', 'SEQUENCES'), ('f', 'ROUTINES'), ('T', 'TYPES')
    ) AS privilege (type, on_what) ON privilege.type = standing.defaclobjtype
    CROSS JOIN aclexplode(standing.defaclacl) AS acl
    LEFT JOIN role ON role.oid = acl.grantee
    WHERE acl.grantee = 0 OR role.oid IS NOT NULL
    UNION ALL
    SELECT
        6,
        difference.kind || ' ' || difference.identity || coalesce('.' || difference.col, ''),
        format('%%s %%s %%s', string_agg(difference.role, ', ' ORDER BY difference.role), difference.how, difference.privilege),
        format(
            '%%s %%s%%s ON %%s %%s %%s %%s%%s',
            CASE difference.how
                WHEN 'lacks' THEN 'GRANT'
                WHEN 'must not have' THEN 'REVOKE'
                ELSE 'REVOKE GRANT OPTION FOR'
            END,
            difference.privilege,
            coalesce(' (' || quote_ident(difference.col) || ')', ''),
            CASE difference.kind WHEN 'function' THEN 'ROUTINE' WHEN 'column' THEN 'TABLE' ELSE upper(difference.kind) END,
            difference.identity,
            CASE difference.how WHEN 'lacks' THEN 'TO' ELSE 'FROM' END,
            string_agg(
                CASE difference.role WHEN 'PUBLIC' THEN 'PUBLIC' ELSE quote_ident(difference.role) END, ', '
                ORDER BY difference.role
            ),
            CASE difference.how WHEN 'lacks' THEN '' ELSE ' CASCADE' END
        )
    FROM difference
    GROUP BY difference.kind, difference.identity, difference.col, difference.how, difference.privilege
)

SELECT
    object,
    found,
    statement
FROM mending
ORDER BY rank, object, found, statement
