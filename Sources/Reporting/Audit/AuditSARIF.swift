func auditSARIF(_ audit: Audit, to write: (String) throws -> Void) throws {}
