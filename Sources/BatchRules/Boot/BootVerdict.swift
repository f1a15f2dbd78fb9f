/// From what a rule asks about a boot to a verdict: what every such rule says where no kernel, or none that is known, boots.

import Booting
import ImageFacts
import ImageReading

extension Observation<BootingKernel> {
    /// `judge`'s verdict where it is known which kernel boots. Why it is not, kernel-version says; a /boot that was not
    /// exported leaves this question open too.
    func verdictOfBoot(_ judge: (BootingKernel, [Evidence]) -> Verdict) -> Verdict {
        switch self {
        case .absent: .notApplicable("there is no kernel that could boot: kernel-version fails")
        case .unreadable(let evidence, let problem) where problem.code == .notExported:
            .undetermined(problem, evidence)
        case .unreadable(let evidence, let problem):
            .notApplicable("which kernel boots is not known: kernel-version says why (\(problem))", evidence)
        case .present(let kernel, let evidence): judge(kernel, evidence)
        }
    }
}
