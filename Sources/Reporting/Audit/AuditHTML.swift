func auditHTML(_ audit: Audit, to write: (String) throws -> Void) throws {}
