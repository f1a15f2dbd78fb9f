/// How the rules say what keeps a service from running.

import ImageFacts
import ImageReading
import Startup

extension [StartFault] {
    /// The fault that counts: the first for which there is no way out, else the first.
    var gravest: StartFault? {
        first { $0.doubt == nil } ?? first
    }
}

extension StartFault {
    /// The verdict on a service that is started and has this fault; `places` are what else is shown.
    func verdict(on service: String, _ places: [Evidence]) -> Verdict {
        let line = evidence.first.map { $0.prefix + ($0.text.isEmpty ? "" : $0.text + ": ") } ?? ""
        let message = "\(line)\(words(service))"
        guard let doubt else { return .fail(message, evidence + places, remedy: remedy) }
        return .undetermined("\(message); \(doubt.words)", evidence + places, remedy: remedy)
    }

    private func words(_ service: String) -> String {
        switch kind {
        case .refused(let refusal): "\(refusal.words), so that systemd refuses \(service) as a whole"
        case .noProgram(let program) where program.hasPrefix("/"):
            "\(program) is not in the image, so that \(service) cannot start"
        case .noProgram(let program):
            "no program \(program) is in /usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin or /bin, where "
                + "systemd looks, so that \(service) cannot start"
        case .notExecutable(let path): "\(path) is no executable file, so that \(service) cannot start"
        case .noInterpreter(let script, let interpreter):
            interpreter.hasSuffix("\r")
                ? "the first line of \(script) ends with a carriage return, which the kernel takes for a part of the "
                    + "interpreter's name: \(service) cannot start"
                : "\(script) is to be run by \(interpreter), which is not in the image: \(service) cannot start"
        case .notAProgram(let path):
            "\(path) is text without a first line #!, which the kernel does not execute: "
                + "\(service) cannot start"
        case .noUser(let name): "there is no user \(name), so that \(service) cannot start"
        case .noGroup(let name): "there is no group \(name), so that \(service) cannot start"
        case .noDirectory(let path), .noFile(let path):
            "\(path) is not in the image, and systemd does not start \(service) without it"
        case .commandFails: "the command fails, and \(service) with it"
        case .conditionFails: "the command fails, and systemd passes \(service) over"
        case .neverReady("forking"):
            "systemd waits for the program to go on in the background, which it never does, and ends it after a timeout"
        case .neverReady("oneshot"):
            "systemd waits for the program to end, which it never does, and ends it after a timeout"
        case .neverReady:
            "systemd waits for the program to say that it has started, which it never does, and ends it after a timeout"
        case .endsBefore: "the script ends before it comes to the agent"
        }
    }

    private var remedy: [RemedyStep] {
        switch kind {
        case .refused(let refusal): refusal.remedy
        case .noProgram:
            [.sentence("install the program in the image, or name the one that is there by its whole path")]
        case .notExecutable(let path): [.command("chmod", "0755", "\(path)")]
        case .noInterpreter(let script, let interpreter):
            interpreter.hasSuffix("\r")
                ? [.command("sed", "-i", "s/\\r$//", "\(script)")]
                : [.sentence("install \(interpreter) in the image, or name another interpreter in line 1 of \(script)")]
        case .notAProgram(let path): [.sentence("let \(path) begin with the line #!/bin/sh")]
        case .noUser(let name): [.command("useradd", "--system", "\(name)")]
        case .noGroup(let name): [.command("groupadd", "--system", "\(name)")]
        case .noDirectory(let path):
            [.command("mkdir", "-p", "\(path)"), .sentence("or put a `-` before it where that may be")]
        case .noFile(let path):
            [.sentence("write \(path) into the image, or put a `-` before its name if the service can do without it")]
        case .commandFails, .conditionFails:
            [.sentence("take the line out, or mend what it asks for; behind a `-` its failure counts for nothing")]
        case .neverReady: [.sentence("take the line Type= out: a program that stays in the foreground is Type=simple")]
        case .endsBefore: [.sentence("mend what the script asks for before it ends, or leave that out")]
        }
    }
}

extension StartFault.Doubt {
    fileprivate var words: String {
        switch self {
        case .userData: "user data may still bring it"
        case .madeBy(let place): "\(place) may still make it"
        case .notLookedFor(let path): "\(path) was not looked for: give the image as a directory or a disk"
        case .version: "the version of systemd decides, and nothing in the image shows it"
        case .otherAccounts(let source): "it may come from elsewhere (\(source))"
        }
    }
}

extension UnitRefusal {
    fileprivate var words: String {
        switch self {
        case .openHeader: "the section header has no ]"
        case .notUTF8: "the line is not UTF-8"
        case .openQuote: "a quote is not closed"
        case .noAbsolutePath(let program):
            program.isEmpty ? "no program is named" : "\(program) is no absolute path of a program"
        case .relativePath(let key): "\(key)= holds no absolute path"
        case .invalidAccount(let name): "no user or group can be called \(name)"
        case .noCommand: "no ExecStart= is left"
        case .secondCommand: "more than one ExecStart=, which only Type=oneshot may have"
        case .restartOfOneshot(let restart): "Restart=\(restart) does not go with Type=oneshot"
        case .settingOfOneshot: "the setting does not go with Type=oneshot"
        case .noBusName: "no BusName= stands beside it"
        case .killModeWithPAM: "PAMName= does not go with that KillMode="
        }
    }

    fileprivate var remedy: [RemedyStep] {
        switch self {
        case .openHeader: [.sentence("end the section header with ]")]
        case .notUTF8: [.sentence("write the line in UTF-8")]
        case .openQuote: [.sentence("close the quote")]
        case .noAbsolutePath, .relativePath: [.sentence("write the whole path, beginning with /")]
        case .invalidAccount: [.sentence("name a user and a group apart, by User= and Group=")]
        case .noCommand: [.sentence("write an ExecStart= behind the empty one that takes back those before it")]
        case .secondCommand:
            [.sentence("put an empty line `ExecStart=` before the one that is to count, or take the other out")]
        case .restartOfOneshot, .settingOfOneshot: [.sentence("take Type=oneshot out, or the setting")]
        case .noBusName: [.sentence("take Type=dbus out")]
        case .killModeWithPAM: [.sentence("take KillMode= out")]
        }
    }
}
