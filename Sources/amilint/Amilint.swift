/// The command line: arguments in, reports and an exit status out.

import ArgumentParser
import CStart
import Glibc
import Inspection
import Reporting

/// The program. Its exit statuses are those of `ExitStatus`.
@main
struct Amilint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amilint",
        abstract: "Will AWS Batch run jobs on this machine image?",
        discussion: """
            EXAMPLE
              amilint check image.tar.gz

            EXIT STATUS
              0 every required rule passes   64 usage                74 no report written
              1 a required rule fails        65 image not readable   130 ended by Ctrl-C
              2 one is undetermined          70 a defect of amilint
            """,
        version: "amilint \(Version.amilint)",
        subcommands: [
            CheckCommand.self, AuditCommand.self, ReportCommand.self, DiffCommand.self, InspectCommand.self,
            RulesCommand.self, PolicyCommand.self, VersionCommand.self, ReadImageCommand.self,
        ]
    )

    /// What the program was given, without its own name.
    private static let arguments = {
        var arguments: [String] = []
        while let argument = unsafe amilint_argument(Int32(arguments.count + 1)) {
            arguments.append(unsafe String(cString: argument))
        }
        return arguments
    }()

    static func main() {
        endOnInterrupt()
        var command: any ParsableCommand
        do {
            command = try parsedDirectly() ?? parseAsRoot(arguments)
        } catch {
            leave(parsing: error)
        }
        do {
            try command.run()
        } catch let stop as Stop {
            leave(stop)
        } catch let error where exitCode(for: error) == .success {
            leave(parsing: error)
        } catch {
            leave(Stop(.defect, "this is a defect of amilint, please report it: \(error)"))
        }
        Glibc.exit(ExitStatus.pass.rawValue)
    }

    /// The command that the first argument names, parsed by itself: the way through the tree of commands takes longer,
    /// and longer still where a command has no `_superCommandName`, as it then may be asked for completion scripts.
    /// Nil where that does not give the command, be it for an error or for help that was asked for: what is to be said
    /// then, the tree says.
    private static func parsedDirectly() -> (any ParsableCommand)? {
        guard let name = arguments.first,
            let type = configuration.subcommands.first(where: { $0._commandName == name }),
            case .success(let command) = Result(catching: { try type.parseAsRoot(Array(arguments.dropFirst())) }),
            Swift.type(of: command) == type
        else { return nil }
        return command
    }

    /// Ends after help and the version, which ArgumentParser throws too, or with what is wrong with the arguments.
    private static func leave(parsing error: any Error) -> Never {
        guard exitCode(for: error) != .success else {
            do throws(Stop) {
                try printOut(fullMessage(for: error) + "\n")
            } catch {
                leave(error)
            }
            Glibc.exit(ExitStatus.pass.rawValue)
        }
        let commands = configuration.subcommands.map { $0._commandName }
        guard let first = arguments.first, !first.hasPrefix("-"), first != "help", !commands.contains(first) else {
            let said = message(for: error)
            let hint = hint(said, to: arguments.first).map { "; " + $0 } ?? ""
            leave(Stop(.usage, said + hint + "\nsee 'amilint\(commandPath(arguments[...])) --help'"))
        }
        let hint =
            nearest(first, among: commands).map { "did you mean \($0)?" } ?? "'amilint check \(first)' judges an image"
        leave(Stop(.usage, "no command is called '\(first)'; \(hint)"))
    }

    /// What somebody meant who wrote arguments of which ArgumentParser says `message`; nil where it says so itself.
    private static func hint(_ message: String, to command: String?) -> String? {
        if message.contains("nknown option '-q'") { return "did you mean --quiet?" }
        guard command == "check", message.contains("nexpected argument") else { return nil }
        return "'amilint audit' judges several images, 'amilint diff A B' compares two"
    }

    /// The names of commands that the arguments begin with, each after a blank: ` policy check`.
    private static func commandPath(_ arguments: ArraySlice<String>) -> String {
        var command: any ParsableCommand.Type = Self.self
        var path = ""
        for argument in arguments {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == argument }) else {
                break
            }
            command = next
            path += " " + argument
        }
        return path
    }

    private static func leave(_ stop: Stop) -> Never {
        if let message = stop.message {
            printError("amilint: " + message.split(separator: "\n").map { inert(String($0)) + "\n" }.joined())
        }
        Glibc.exit(stop.status.rawValue)
    }
}

/// What ends the program before its work is done, or as its verdict.
struct Stop: Error {
    let status: ExitStatus
    /// Nil where there is nothing to say: a verdict, or a reader who left.
    let message: String?

    init(_ status: ExitStatus, _ message: String? = nil) {
        self.status = status
        self.message = message
    }
}
