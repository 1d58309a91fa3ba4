namespace B24RobotApp.Transfers.Storage;

/// <summary>The store cannot do its work, and someone has to do something about it. The message is one line for the operator.</summary>
public class StorageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The disk is full or broken or the database is held by a stranger: nothing was written, not by this write nor by those that shared its commit.</summary>
public class StorageUnavailableException(string message, Exception? inner = null) : StorageException(message, inner);
