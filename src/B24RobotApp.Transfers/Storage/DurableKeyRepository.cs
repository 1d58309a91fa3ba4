using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// The key ring as files, forced to the disk before a key is used: what was encrypted with a key is on disk at once, and a power cut must not leave it without the key.
/// </summary>
internal sealed class DurableKeyRepository(DirectoryInfo folder, FileSystemXmlRepository files) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => files.GetAllElements();

    public void StoreElement(XElement element, string friendlyName)
    {
        files.StoreElement(element, friendlyName);

        // There are few, and a new one every three months.
        foreach (var file in folder.EnumerateFiles("*.xml"))
        {
            using var handle = File.OpenHandle(file.FullName, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
    }
}
