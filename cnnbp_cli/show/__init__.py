"""Everything that a person looks at: tables, progress, reports and pictures. No arithmetic."""
