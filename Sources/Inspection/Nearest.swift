/// Which name somebody meant who wrote another.

import ByteParsing

/// The name among `candidates` that takes the fewest edits to reach from `word`, at most a third of its length; nil
/// where none is that near. Names of over 100 bytes are not compared.
public func nearest(_ word: String, among candidates: [String]) -> String? {
    let most = max(1, word.utf8.count / 3)
    guard word.utf8.count <= 100 else { return nil }
    if word.utf8.count >= 3, let longer = candidates.first(where: { $0.hasPrefix(word) }) { return longer }
    return candidates.map { ($0, editDistance(word, $0)) }
        .filter { $0.1 <= most }
        .min { $0.1 < $1.1 }?.0
}
