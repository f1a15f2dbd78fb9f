/// What a policy file may set of a rule beside its level; the rule's own file declares it.

import ImageFacts

/// A parameter of a rule: the key it has in a policy file, and what becomes of the texts that stand there.
public struct RuleParameter<Value: Sendable>: Sendable {
    /// How a policy file writes the value, with an example and with what makes the value of it.
    public enum Form: Sendable {
        /// One text.
        case text(example: String, value: @Sendable (String) throws(ParameterError) -> Value)
        /// A list of at least one text.
        case list(example: [String], value: @Sendable ([String]) throws(ParameterError) -> Value)
    }

    /// The key, in kebab-case, beside the rule's `level`.
    public let key: String
    /// How it is written.
    public let form: Form

    /// The same parameter for those who need not know the type of its value.
    var erased: RuleParameter<any Sendable> {
        switch form {
        case .text(let example, let value):
            RuleParameter<any Sendable>(
                key: key, form: .text(example: example) { text throws(ParameterError) in try value(text) })
        case .list(let example, let value):
            RuleParameter<any Sendable>(
                key: key, form: .list(example: example) { texts throws(ParameterError) in try value(texts) })
        }
    }
}

/// Why what a policy file says is no value of a parameter.
public struct ParameterError: Error, Hashable, Sendable {
    /// What was expected and what was found, lower case, without the place.
    public let reason: String
}

extension RuleParameter<ReleaseVersion> {
    /// A version: numbers with dots between them and nothing else.
    static func version(_ key: String, example: String) -> RuleParameter {
        RuleParameter(
            key: key,
            form: .text(example: example) { text throws(ParameterError) in
                let isPlain = text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                    !part.isEmpty && part.utf8.allSatisfy { 0x30...0x39 ~= $0 }
                }
                guard isPlain, let version = ReleaseVersion(text) else {
                    throw ParameterError(reason: "a version such as 1.80.0 expected, '\(text)' found")
                }
                return version
            })
    }
}

extension RuleParameter<[String]> {
    /// Names, any of them.
    static func names(_ key: String, example: [String]) -> RuleParameter {
        RuleParameter(key: key, form: .list(example: example) { names throws(ParameterError) in names })
    }
}
