"""Everything that a person sees: tables, progress, reports and pictures; and the JSON documents. No arithmetic."""
