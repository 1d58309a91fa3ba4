using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;

namespace B24RobotApp.Transfers.Running.Products;

/// <summary>Sends one call to a portal.</summary>
internal delegate Task<CallResult> AskCatalogue(Call call);

/// <summary>The catalogue of one portal. Which information blocks it has is asked once.</summary>
internal sealed class Catalogue(string portal, AskCatalogue ask, ConcurrentDictionary<string, IReadOnlyList<long>> blocks)
{
    private const int PageSize = 50;

    /// <summary>A name that hundreds of products share tells none of them.</summary>
    private const int MostPages = 4;

    /// <summary>The products of which a field has one of some values.</summary>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">The portal refused, most likely for want of the scope.</exception>
    public async Task<IReadOnlyList<CatalogProduct>> FindAsync(string field, IReadOnlyCollection<JsonNode> values, IReadOnlyList<string> properties)
    {
        if (values.Count == 0)
        {
            return [];
        }

        if (!blocks.TryGetValue(portal, out var known))
        {
            blocks[portal] = known = CatalogProducts.ReadCatalogs(await ask(CatalogProducts.ListCatalogs()));
        }

        if (known.Count == 0)
        {
            return [];
        }

        var products = new List<CatalogProduct>();
        foreach (var portion in values.Chunk(PageSize))
        {
            int? start = 0;
            for (var pages = 0; start is { } from && pages < MostPages; pages++)
            {
                var page = await ask(CatalogProducts.Find(known, field, portion, properties, from));
                products.AddRange(CatalogProducts.Read(page));
                start = page.Next;
            }
        }

        return products;
    }
}
