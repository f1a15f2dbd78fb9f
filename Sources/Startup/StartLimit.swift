/// Whether systemd goes on starting a service that ends: Restart=, RestartSec= and the start limit.

import ByteParsing

extension Unit {
    /// Whether the service is tried again until it stays up.
    package var isTriedForGood: Bool {
        guard let restart = value("Service", "Restart"), ["always", "on-failure"].contains(restart.value) else {
            return false
        }
        return !isGivenUp
    }

    /// Whether systemd gives a service up that ends at once, however often it is to be restarted: its start limit, 5 in
    /// 10 seconds unless it is set, is reached between two restarts of RestartSec=, 100 ms unless it is set
    /// (systemd.unit(5), systemd.service(5)).
    package var isGivenUp: Bool {
        func setting(_ names: [(String, String)]) -> String? {
            names.lazy.compactMap { value($0, $1)?.value }.first
        }
        let interval =
            setting([
                ("Unit", "StartLimitIntervalSec"), ("Unit", "StartLimitInterval"), ("Service", "StartLimitInterval"),
            ]).map(Self.seconds) ?? 10
        let burst = setting([("Unit", "StartLimitBurst"), ("Service", "StartLimitBurst")]).flatMap(Double.init) ?? 5
        let pause = value("Service", "RestartSec").map { Self.seconds($0.value) } ?? 0.1
        return interval > 0 && burst > 0 && pause * burst < interval
    }

    /// A time span in seconds (systemd.time(7)); what is none counts as nothing.
    private static func seconds(_ text: String) -> Double {
        guard text != "infinity" else { return .infinity }
        var sum = 0.0
        var rest = text[...].drop(while: \.isWhitespace)
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCIIDigit || $0 == "." }
            guard let value = Double(number) else { return sum }
            rest = rest.dropFirst(number.count).drop(while: \.isWhitespace)
            let unit = rest.prefix { $0.isASCIILetter }
            rest = rest.dropFirst(unit.count).drop(while: \.isWhitespace)
            let factor: Double? =
                switch unit {
                case "", "s", "sec", "second", "seconds": 1
                case "ms", "msec": 0.001
                case "us", "usec": 0.000_001
                case "m", "min", "minute", "minutes": 60
                case "h", "hr", "hour", "hours": 3600
                default: nil
                }
            guard let factor else { return sum }
            sum += value * factor
        }
        return sum
    }
}
