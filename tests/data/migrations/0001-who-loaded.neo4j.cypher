// The same, on a server: each statement may run twice.
MATCH (e:LedgerEntry) WHERE e.loaded_by IS NOT NULL
SET e.who = e.loaded_by REMOVE e.loaded_by;
MATCH (n:Person) WHERE n.region IS NOT NULL
CALL (n) { SET n.region = left(n.region, 2) + '0000' } IN TRANSACTIONS OF 1000 ROWS;
