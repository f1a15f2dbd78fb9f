/// What keeps systemd from running a service although its start job comes.

public import ImageReading

/// One thing that a unit demands or says and with which its program does not stay up.
public struct StartFault: Codable, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Codable, Hashable, Sendable {
        /// systemd refuses the whole unit ("bad unit file setting").
        case refused(reason: UnitRefusal)
        /// A program that is not there, by its path or the name that is searched for.
        case noProgram(name: String)
        /// A program that is there and cannot be executed: no permission, or no file.
        case notExecutable(path: ImagePath)
        /// A script whose first line names an interpreter that is not there.
        case noInterpreter(script: ImagePath, interpreter: String)
        /// Text without `#!`, which the kernel does not execute.
        case notAProgram(path: ImagePath)
        /// A user that nothing makes.
        case noUser(name: String)
        /// A group that nothing makes.
        case noGroup(name: String)
        /// A directory that is not there and that systemd does not make.
        case noDirectory(path: ImagePath)
        /// A file that is not there.
        case noFile(path: ImagePath)
        /// A command before or after the program fails, and the service with it.
        case commandFails
        /// ExecCondition= fails: the service is passed over.
        case conditionFails
        /// Type= waits for a word that the program never gives; after TimeoutStartSec= it is ended.
        case neverReady(type: String)
        /// The script ends before the command that it is there for.
        case endsBefore(script: ImagePath?)
    }

    /// What may mend it all the same.
    public enum Doubt: Codable, Hashable, Sendable {
        /// User data, which may write the file before the service starts.
        case userData
        /// What is named here speaks of the place and may make it.
        case madeBy(place: String)
        /// The version of systemd decides, and nothing shows it.
        case version
        /// It was learned of too late to be looked for in an archive that is read twice at most.
        case notLookedFor(path: ImagePath)
        /// Users and groups come from elsewhere too: what /etc/nsswitch.conf or a directory says.
        case otherAccounts(source: String)
    }

    /// What is wrong.
    public let kind: Kind
    /// What may mend it outside of what was read; nil where no instance can start the service.
    public let doubt: Doubt?
    /// The setting of the unit at fault first, then what else shows it.
    public let evidence: [Evidence]

    init(_ kind: Kind, doubt: Doubt? = nil, _ evidence: [Evidence]) {
        self.kind = kind
        self.doubt = doubt
        self.evidence = evidence
    }
}

/// Why systemd refuses a unit as a whole (service_verify in systemd's core/service.c, and the settings in
/// core/load-fragment.c that end with ENOEXEC).
public enum UnitRefusal: Codable, Hashable, Sendable {
    /// A section header without its `]`.
    case openHeader
    /// A line that is not UTF-8.
    case notUTF8
    /// A quote in a command that is not closed.
    case openQuote
    /// A command whose program is neither an absolute path nor a name.
    case noAbsolutePath(program: String)
    /// A setting that wants an absolute path.
    case relativePath(setting: String)
    /// A name that no user or group can have.
    case invalidAccount(name: String)
    /// No ExecStart= where there has to be one.
    case noCommand
    /// A second ExecStart= of a service that is not Type=oneshot.
    case secondCommand
    /// A Restart= that Type=oneshot does not go with.
    case restartOfOneshot(restart: String)
    /// RestartForceExitStatus= or ExitType=cgroup of Type=oneshot.
    case settingOfOneshot
    /// Type=dbus without a valid BusName=.
    case noBusName
    /// PAMName= with a KillMode= that leaves processes.
    case killModeWithPAM
}
