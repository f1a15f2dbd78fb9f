func auditMarkdown(_ audit: Audit, to write: (String) throws -> Void) throws {}
