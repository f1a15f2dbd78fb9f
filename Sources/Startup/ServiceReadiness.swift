/// When systemd takes a service for started, and whether it ever does (systemd.service(5), Type=).

package import ImageReading

/// How a program shows that it has started.
package enum Readiness {
    /// It runs in the foreground and says nothing, as most do.
    case staysInForeground
    /// It goes on in the background, and the process that systemd started ends.
    case forks
    /// It cannot be told.
    case unknown
}

extension Unit {
    /// What becomes of a unit whose program shows that it has started in one way, where its Type= waits for another.
    package func waiting(for readiness: Readiness, systemd: SystemdVersion) -> Waiting? {
        let (type, evidence) = serviceType(systemd)
        let line = evidence.map { [$0] } ?? []
        guard case .staysInForeground = readiness else { return nil }
        switch type {
        case "notify", "notify-reload", "dbus", "forking":
            guard let forever = timeoutIsOff else {
                return .isEnded(StartFault(.neverReady(type: type), line))
            }
            return .never(line + [forever])
        case "oneshot":
            // Without a timeout of its own it has none.
            if let limit = timeout, timeoutIsOff == nil {
                return .isEnded(StartFault(.neverReady(type: type), line + [limit.evidence]))
            }
            return .never(line)
        default: return nil
        }
    }

    private var timeout: Directive? {
        let last = directives.last { $0.section == "Service" && ["TimeoutStartSec", "TimeoutSec"].contains($0.key) }
        return last.flatMap {
            $0.value.isEmpty || $0.value.first?.isNumber != true && $0.value != "infinity" ? nil : $0
        }
    }

    /// The line that lets systemd wait for ever.
    private var timeoutIsOff: Evidence? {
        timeout.flatMap { ["infinity", "0", "0s"].contains($0.value) ? $0.evidence : nil }
    }
}

/// How long systemd waits for a program that never shows that it has started.
package enum Waiting {
    /// Up to a timeout, after which it ends the program.
    case isEnded(StartFault)
    /// For ever: the program runs, and what is ordered after the unit or its target never starts.
    case never([Evidence])
}
