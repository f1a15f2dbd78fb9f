/// Which options of mount(8) a file system refuses, and with them the whole mount.

import Booting
import ImageFacts

/// The options that Linux' file systems know, as far as a table is sure of them: those of tmpfs, xfs and ext4.
///
/// Sources: shmem_fs_parameters in mm/shmem.c, xfs_fs_parameters in fs/xfs/xfs_super.c, ext4_param_specs in
/// fs/ext4/super.c, all of Linux 3.10 to 6.17; libmount's optmap.c for what it takes itself.
enum MountOptions {
    /// The name of the first option that the file system refuses; nil where none is, or where no table says so.
    static func refused(of mount: FileSystemTable.Mount, kernel: ReleaseVersion?) -> String? {
        guard let known = known[mount.type] else { return nil }
        return mount.options.map { String($0.prefix { $0 != "=" }) }.first { name in
            if name.isEmpty || general.contains(name) || known.contains(name) { return false }
            if mount.type == "xfs", oldOfXFS.contains(name) {
                return kernel.map { $0 >= ReleaseVersion(4, 19) } ?? false
            }
            return !["x-", "X-", "verity."].contains(where: name.hasPrefix)
        }
    }

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    /// Taken by mount(8), systemd or the kernel's own layer above the file systems.
    private static let general = words(
        """
        defaults ro rw exec noexec suid nosuid dev nodev sync async dirsync remount bind rbind silent loud mand nomand
        atime noatime diratime nodiratime iversion noiversion relatime norelatime strictatime nostrictatime lazytime
        nolazytime nosymfollow symfollow private rprivate slave rslave shared rshared unbindable runbindable auto noauto
        user nouser users nousers owner noowner group nogroup _netdev comment loop offset sizelimit encryption nofail
        fail uhelper helper context fscontext defcontext rootcontext seclabel smackfsdef smackfsroot smackfsfloor
        smackfshat smackfstransmute pri move make-private make-shared source
        """)

    private static let known: [String: Set<String>] = [
        "tmpfs": words(
            """
            size nr_blocks nr_inodes mode uid gid huge mpol inode32 inode64 noswap quota usrquota grpquota
            usrquota_block_hardlimit usrquota_inode_hardlimit grpquota_block_hardlimit grpquota_inode_hardlimit
            casefold strict_encoding acl noacl
            """),
        "xfs": words(
            """
            logbufs logbsize logdev rtdev wsync noalign swalloc sunit swidth nouuid grpid nogrpid bsdgroups sysvgroups
            allocsize norecovery inode64 inode32 ikeep noikeep largeio nolargeio attr2 noattr2 filestreams quota noquota
            usrquota grpquota prjquota uquota gquota pquota uqnoenforce gqnoenforce pqnoenforce qnoenforce discard
            nodiscard dax nodax lifetime nolifetime max_open_zones max_atomic_write errortag
            """),
        "ext4": words(
            """
            bsddf minixdf grpid bsdgroups nogrpid sysvgroups resgid resuid sb errors nouid32 debug oldalloc orlov
            user_xattr nouser_xattr acl noacl norecovery noload bh nobh commit min_batch_time max_batch_time journal_dev
            journal_path journal_checksum nojournal_checksum journal_async_commit journal_cycle_record abort data
            data_err usrjquota grpjquota jqfmt grpquota quota noquota usrquota prjquota barrier nobarrier i_version dax
            stripe delalloc nodelalloc warn_on_error nowarn_on_error debug_want_extra_isize mblk_io_submit
            nomblk_io_submit block_validity noblock_validity inode_readahead_blks journal_ioprio auto_da_alloc
            noauto_da_alloc dioread_nolock dioread_lock nodioread_nolock discard nodiscard init_itable noinit_itable
            fc_debug_force fc_debug_max_replay max_dir_size_kb test_dummy_encryption inlinecrypt nombcache no_mbcache
            prefetch_block_bitmaps no_prefetch_block_bitmaps mb_optimize_scan check nocheck reservation noreservation
            journal
            """),
    ]

    /// Of xfs until Linux 4.19.
    private static let oldOfXFS: Set<String> = ["barrier", "nobarrier"]
}
