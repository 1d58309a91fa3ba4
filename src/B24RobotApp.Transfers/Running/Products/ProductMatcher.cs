using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using B24RobotApp.Transfers.Mapping;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Running.Products;

/// <summary>
/// Finds the ESB's products for those in a deal's rows. Ids are of one portal only, so a product is known by its code, its article, its name or a table. What was found, or not, is kept for a while; without the
/// scope <c>catalog</c> on both sides rows travel without products, which the log says once.
/// </summary>
public sealed partial class ProductMatcher(SourcePortals sources, EsbPortals esbs, TimeProvider clock, ILogger<ProductMatcher> logger)
{
    private const int MostKept = 50_000;

    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Way, long ProductId), (long EsbId, DateTimeOffset At)> _kept = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<long>> _blocks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _refusedUntil = new(StringComparer.Ordinal);

    /// <summary>The ESB's products by the source's ids; those that were not found are missing.</summary>
    /// <exception cref="Bitrix24Exception">A portal did not answer.</exception>
    public async Task<IReadOnlyDictionary<long, long>> FindAsync(ProductQuestion question)
    {
        var found = new Dictionary<long, long>();
        if (question.Rules.Match.Count == 0)
        {
            return found;
        }

        var way = string.Join('|', question.Portal.Id, question.Connection.Code, question.Connection.Portal.Authority, question.Rules.ArticleProperty, string.Join(',', question.Rules.Match));
        var open = new Dictionary<long, string>();
        foreach (var (id, name) in question.Products)
        {
            if (question.Rules.Match.Contains(ProductMatch.Table)
                && question.Input.TryFindInTables("products", id.ToString(CultureInfo.InvariantCulture), out var entered)
                && long.TryParse(entered, NumberStyles.None, CultureInfo.InvariantCulture, out var enteredId))
            {
                // Who enters a product there means it, whatever its code.
                found[id] = enteredId;
            }
            else if (_kept.TryGetValue((way, id), out var kept) && clock.GetUtcNow() - kept.At < KeptFor)
            {
                if (kept.EsbId > 0)
                {
                    found[id] = kept.EsbId;
                }
            }
            else
            {
                open[id] = name;
            }
        }

        if (open.Count > 0)
        {
            await AskAsync(question, way, open, found);
        }

        return found;
    }

    private async Task AskAsync(ProductQuestion question, string way, Dictionary<long, string> open, Dictionary<long, long> found)
    {
        var (sourceArticle, esbArticle) = question.Rules.ArticleProperty.Split('>', StringSplitOptions.TrimEntries) is [var left, var right]
            ? (left, right) : (question.Rules.ArticleProperty, question.Rules.ArticleProperty);
        var source = new Catalogue(
            question.Portal.Address.Authority, call => sources.CallAsync(question.Portal, question.UserId, call), _blocks);
        var esb = new Catalogue(question.Connection.Portal.Authority, call => esbs.CallAsync(question.Connection, call), _blocks);

        // The source's catalogue is only needed for what the row does not tell.
        var needsSource = question.Rules.Match.Any(match => match is ProductMatch.XmlId || (match is ProductMatch.Article && sourceArticle.Length > 0));
        var known = needsSource
            ? await TryAsync(question.Portal.Address.Authority, () => source.FindAsync("id", [.. open.Keys.Select(id => JsonValue.Create(id))], Named(sourceArticle)))
            : [];
        var complete = known is not null;
        var products = (known ?? []).ToDictionary(product => product.Id);
        foreach (var match in question.Rules.Match)
        {
            string KeyOf(long id) => match switch
            {
                ProductMatch.XmlId => products.GetValueOrDefault(id)?.XmlId ?? "",
                ProductMatch.Article => products.GetValueOrDefault(id)?.Properties.GetValueOrDefault(sourceArticle) ?? "",
                ProductMatch.Name => open[id],
                _ => "",
            };
            var wanted = open.Keys.Where(id => !found.ContainsKey(id)).Select(id => (Id: id, Key: KeyOf(id))).Where(pair => pair.Key.Length > 0).ToList();
            var field = match switch { ProductMatch.XmlId => "xmlId", ProductMatch.Article => esbArticle, _ => "name" };
            if (wanted.Count == 0 || field.Length == 0)
            {
                continue;
            }

            var hits = await TryAsync(
                question.Connection.Portal.Authority,
                () => esb.FindAsync(field, [.. wanted.Select(pair => pair.Key).Distinct(StringComparer.Ordinal).Select(key => JsonValue.Create(key))], Named(match == ProductMatch.Article ? esbArticle : "")));
            if (hits is null)
            {
                complete = false;
                break;
            }

            // Two products with one name are told apart by nobody; of two with one code the older is the original.
            var byKey = hits.GroupBy(hit => match switch { ProductMatch.XmlId => hit.XmlId, ProductMatch.Article => hit.Properties.GetValueOrDefault(esbArticle) ?? "", _ => hit.Name })
                .Where(group => match != ProductMatch.Name || group.Count() == 1)
                .ToDictionary(group => group.Key, group => group.Min(hit => hit.Id), StringComparer.Ordinal);
            foreach (var (id, key) in wanted)
            {
                if (byKey.TryGetValue(key, out var esbId))
                {
                    found[id] = esbId;
                }
            }
        }

        if (complete)
        {
            Keep(way, open.Keys, found);
        }
    }

    private void Keep(string way, IEnumerable<long> asked, Dictionary<long, long> found)
    {
        if (_kept.Count > MostKept)
        {
            _kept.Clear();
        }

        foreach (var id in asked)
        {
            _kept[(way, id)] = (found.GetValueOrDefault(id), clock.GetUtcNow());
        }
    }

    /// <summary>What a portal refuses is not asked again for a while; <see langword="null"/> then.</summary>
    private async Task<IReadOnlyList<CatalogProduct>?> TryAsync(string portal, Func<Task<IReadOnlyList<CatalogProduct>>> ask)
    {
        var now = clock.GetUtcNow();
        if (_refusedUntil.GetValueOrDefault(portal) > now)
        {
            return null;
        }

        try
        {
            return await ask();
        }
        catch (Bitrix24Exception exception) when (exception.Kind == FailureKind.Refused)
        {
            _refusedUntil[portal] = now + KeptFor;
            Log.NoCatalogue(logger, portal, exception.Method, exception.Code);
            return null;
        }
    }

    private static string[] Named(string property) => property.Length > 0 ? [property] : [];

    private static partial class Log
    {
        [LoggerMessage(2601, LogLevel.Warning, "{Portal} refused {Method} ({Code}): product rows are sent without products. It needs the permission catalog, and an administrator")]
        public static partial void NoCatalogue(ILogger logger, string portal, string method, string code);
    }
}
