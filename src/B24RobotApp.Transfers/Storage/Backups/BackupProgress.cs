namespace B24RobotApp.Transfers.Storage.Backups;

/// <summary>What a backup or a restore is doing.</summary>
/// <param name="Step">For people, in English.</param>
/// <param name="Done">The part that is done, 0 to 1; <see langword="null"/> if nobody can tell.</param>
public readonly record struct BackupProgress(string Step, double? Done);
