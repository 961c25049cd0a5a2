extension TableRoles.Facts {
    /// Reads a table once.
    init(_ table: any Table, _ context: IngestContext) throws(IngestError) {
        var profiles: [ColumnProfile] = []
        var sample = ColumnSample(columns: table.columns.count)
        let missing = context.options.nothing
        var rows = 0
        try table.readAll(context, share: 0...0.5) { (file, record) throws(IngestError) in
            rows += 1
            guard rows <= context.limits.examples else {
                throw .tooLarge(what: "rows in \(file.name)", got: rows, limit: context.limits.examples)
            }
            while profiles.count < table.columns.count { profiles.append(ColumnProfile()) }
            // Wide tables keep fewer values of each column, so that all of them stay small.
            let limit = profiles.count <= 1_000 ? context.limits.classes : ColumnProfile.categories + 1
            for column in 0..<record.count {
                try record.withCell(column) { (cell) throws(IngestError) in
                    profiles[column].add(
                        cell,
                        missing: missing,
                        decimalComma: table.hasDecimalCommas,
                        numberLimit: limit
                    )
                }
            }
            try sample.add(record, missing: missing)
        }
        while profiles.count < table.columns.count { profiles.append(ColumnProfile()) }
        sample.widen(to: profiles.count)
        self.init(
            names: table.columns,
            hasNames: table.hasNames,
            profiles: profiles,
            sample: sample,
            rows: rows,
            hasDecimalCommas: table.hasDecimalCommas,
            nested: table.nested,
            file: table.files[0].name
        )
    }
}
