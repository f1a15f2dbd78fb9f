/// What a reader has to know of images before their findings, said once however many images it holds for.

/// Remarks of all images, each with the images that have it.
struct AuditRemarks: Sendable {
    private var images: [String: (names: [String], count: Int)] = [:]
    private var order: [String] = []

    /// Adds the remarks of an image.
    mutating func add(_ image: AuditedImage) {
        for remark in image.report?.remarks ?? [] {
            if images[remark] == nil { order.append(remark) }
            images[remark, default: ([], 0)].count += 1
            if let names = images[remark]?.names, names.count < shownPlaces {
                images[remark]?.names.append(image.name)
            }
        }
    }

    /// `a.tar, b.tar and 3 more: 512 bytes after the end of the archive`; of a remark that every one of `all` images has,
    /// the remark alone. Inert.
    func sentences(of all: Int) -> [String] {
        order.map { remark in
            guard let (names, count) = images[remark], all == 1 || count < all else { return inert(remark) }
            let more = count > names.count ? " and \(count - names.count) more" : ""
            return inert(names.joined(separator: ", ") + more + ": " + remark)
        }
    }
}
