/// How far two names are apart: whoever mistypes one is told which was meant.

/// The number of bytes to insert, delete or replace to make `b` of `a` (Levenshtein distance).
///
/// Takes time in proportion to the product of both lengths: the caller bounds them.
public func editDistance(_ a: some StringProtocol, _ b: some StringProtocol) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
