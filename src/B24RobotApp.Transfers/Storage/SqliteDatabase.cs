namespace B24RobotApp.Transfers.Storage;

internal sealed class SqliteDatabase
{
}
