using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;

namespace B24RobotApp.Transfers.Storage;

/// <summary>
/// The key ring in the database that the servers share: what one has encrypted the others open. It writes by itself and not through the store's writer: a command that only looks may be the first to need a new key.
/// </summary>
internal sealed class PostgresKeyRepository(PostgresDatabase database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => database.Directly(connection =>
    {
        using var command = new NpgsqlCommand("SELECT document FROM data_protection_keys ORDER BY name", connection);
        using var reader = command.ExecuteReader();
        var documents = new List<XElement>();
        while (reader.Read())
        {
            documents.Add(XElement.Parse(reader.GetString(0)));
        }

        return documents;
    });

    public void StoreElement(XElement element, string friendlyName) => database.Directly(connection =>
    {
        using var command = new NpgsqlCommand("INSERT INTO data_protection_keys (name, document) VALUES (@Name, @Document) ON CONFLICT (name) DO UPDATE SET document = excluded.document", connection);
        command.Parameters.AddWithValue("Name", friendlyName);
        command.Parameters.AddWithValue("Document", element.ToString(SaveOptions.DisableFormatting));
        return command.ExecuteNonQuery();
    });
}
