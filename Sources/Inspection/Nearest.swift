/// Which name somebody meant who wrote another.

/// The name among `candidates` that takes the fewest edits to reach from `word`, at most a third of its length; nil
/// where none is that near. Names of over 100 bytes are not compared.
public func nearest(_ word: String, among candidates: [String]) -> String? {
    let most = max(1, word.utf8.count / 3)
    guard word.utf8.count <= 100 else { return nil }
    if word.utf8.count >= 3, let longer = candidates.first(where: { $0.hasPrefix(word) }) { return longer }
    return candidates.map { ($0, edits(Array(word.utf8), Array($0.utf8))) }
        .filter { $0.1 <= most }
        .min { $0.1 < $1.1 }?.0
}

/// The number of bytes to insert, delete or replace to make `b` of `a` (Levenshtein distance).
private func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
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
