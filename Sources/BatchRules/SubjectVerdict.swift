/// From what a rule asks about to a verdict: the two answers that every rule gives alike.

import ImageFacts
import ImageReading

extension Observation {
    /// The verdict on a subject: `judge`'s where it is present, `absent` where it is not there, undetermined with the
    /// problem where it is there and cannot be read.
    func verdict(absent: @autoclosure () -> Verdict, _ judge: (Value, [Evidence]) -> Verdict) -> Verdict {
        switch self {
        case .present(let value, let evidence): judge(value, evidence)
        case .absent: absent()
        case .unreadable(let evidence, let problem): .undetermined(problem, evidence)
        }
    }

    /// Where it was looked for without being found: `/usr/bin/dockerd, /snap/docker`.
    var searchedPlaces: String {
        guard case .absent(let searched) = self else { return "" }
        return searched.map(\.text).joined(separator: ", ")
    }
}

extension Problem {
    /// How to have it read; empty where the rule itself has to say it.
    var remedy: [RemedyStep] {
        if code == .danglingLink, AgentConfigFile.wants.contains(where: { $0.path == path }) {
            return [
                .sentence("remove the link, since user data writes into the file on every instance:"),
                .edit(path, .removeFile),
            ]
        }
        let words: RemedyText? =
            switch code {
            case .danglingLink: "export the image with what \(path) leads to, or let it lead to a file of the image"
            case .linkLoop: "let \(path) lead to a file of the image"
            case .tooLarge: "see what makes \(path) so large, and put a file of the usual size in its place"
            case .permissionDenied: "run amilint as a user who may read \(path), or on a tar that such a user made"
            case .notRegularFile: "put a regular file in the place of \(path), or remove it"
            case .inputOutput: "copy or export the image again: reading \(path) gave an error of this machine's"
            case .notReadAgain: "give the archive as a file, which can be read twice"
            case .malformed: "mend \(path), or export the image again where it was damaged on the way"
            case .notExported: "pass the root of the whole system: export it again with /usr, /var and /boot"
            case .notRequested, .unsupported, .undecided, .noLinux: nil
            }
        return words.map { [.sentence($0)] } ?? []
    }
}
