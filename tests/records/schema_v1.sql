-- A record database of schema version 1, as the first release wrote it.
PRAGMA application_id=1447318610;
PRAGMA user_version=1;
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO meta VALUES ('made_by_version', '1');
CREATE TABLE "r_things" (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL, "c_size" INTEGER, "c_weight" REAL, "c_colour" TEXT, "c_note" TEXT) STRICT;
CREATE INDEX "i_things.size" ON "r_things" ("c_size", id);
CREATE INDEX "i_things.weight" ON "r_things" ("c_weight", id);
CREATE INDEX "i_things.colour" ON "r_things" ("c_colour", id);
INSERT INTO "r_things" VALUES ('a', 1, '{"name":"a"}', 3, 0.5, 'red', NULL);
INSERT INTO "r_things" VALUES ('b', 7, '{"name":"b"}', NULL, NULL, NULL, NULL);
INSERT INTO "r_things" VALUES ('ü', 2, '{"name":"ü"}', -9223372036854775808, 1e300, '', 'a note');
CREATE TABLE "r_others" (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
INSERT INTO "r_others" VALUES ('x', 1, '{}');
COMMIT;
