using System.Text.Json;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Storage;

namespace B24RobotApp.Transfers.CatchUp;

/// <summary>From which stages robots call, and in which workflow templates they stand, as learnt from calls.</summary>
public sealed class RobotStageStore(StoreDatabase database)
{
    /// <summary>After so many calls that were alike a property that once differed counts as a setting again: it was changed in the designer.</summary>
    private const int AlikeAgain = 10;

    private const string FindSql = $"""
        SELECT {Row.Columns}
        FROM robot_stages
        WHERE portal_id = @PortalId AND robot_code = @RobotCode AND entity_type_id = @EntityTypeId AND stage = @Stage AND connection = @Connection
        """;

    private const string SaveSql = """
        INSERT INTO robot_stages (
            portal_id, robot_code, entity_type_id, stage, connection, category_id, properties, varying, alike, calls, item_id, user_id, delay, time_out, first_called_at, last_called_at)
        VALUES (
            @PortalId, @RobotCode, @EntityTypeId, @Stage, @Connection, @CategoryId, @Properties, @Varying, @Alike, @Calls, @ItemId, @UserId, @Delay, @TimeOut, @FirstCalledAt, @LastCalledAt)
        ON CONFLICT (portal_id, robot_code, entity_type_id, stage, connection) DO UPDATE SET
            category_id = excluded.category_id,
            properties = excluded.properties,
            varying = excluded.varying,
            alike = excluded.alike,
            calls = excluded.calls,
            item_id = excluded.item_id,
            user_id = excluded.user_id,
            delay = excluded.delay,
            time_out = excluded.time_out,
            last_called_at = excluded.last_called_at
        """;

    private const string ListSql = $"SELECT {Row.Columns} FROM robot_stages WHERE portal_id = @PortalId ORDER BY entity_type_id, stage, connection";

    private const string SaveTemplateSql = """
        INSERT INTO stage_templates (portal_id, template_id, entity_type_id, stage, seen_at)
        VALUES (@PortalId, @TemplateId, @EntityTypeId, @Stage, @SeenAt)
        ON CONFLICT (portal_id, template_id) DO UPDATE SET
            entity_type_id = excluded.entity_type_id,
            stage = excluded.stage,
            seen_at = excluded.seen_at
        """;

    private const string TemplatesSql = """
        SELECT template_id AS TemplateId, entity_type_id AS EntityTypeId, stage AS Stage, seen_at AS SeenAt
        FROM stage_templates
        WHERE portal_id = @PortalId
        ORDER BY template_id
        """;

    private const string OfItemSql = $"SELECT {Row.Columns} FROM robot_stages WHERE portal_id = @PortalId AND entity_type_id = @EntityTypeId AND item_id = @ItemId";

    private const string ForgetValuesSql = """
        UPDATE robot_stages
        SET properties = @Properties
        WHERE portal_id = @PortalId AND robot_code = @RobotCode AND entity_type_id = @EntityTypeId AND stage = @Stage AND connection = @Connection
        """;

    private const string EraseStagesSql = "DELETE FROM robot_stages WHERE portal_id = @PortalId";

    private const string EraseTemplatesSql = "DELETE FROM stage_templates WHERE portal_id = @PortalId";

    /// <summary>A portal's stages.</summary>
    public Task<IReadOnlyList<RobotStage>> ListAsync(PortalId portal, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<RobotStage> (connection) => [.. connection.Query<Row>(ListSql, new { PortalId = portal.Value }).Select(row => row.ToStage())], cancellationToken);

    /// <summary>Which template belongs to which stage, as far as it is known.</summary>
    public Task<IReadOnlyList<StageTemplate>> TemplatesAsync(PortalId portal, CancellationToken cancellationToken) => database.ReadAsync(
        IReadOnlyList<StageTemplate> (connection) =>
        [
            .. connection.Query<TemplateRow>(TemplatesSql, new { PortalId = portal.Value })
                .Select(row => new StageTemplate(row.TemplateId, (int)row.EntityTypeId, row.Stage, UnixTime.From(row.SeenAt))),
        ],
        cancellationToken);

    /// <summary>Notes the template of a stage. Relaxed: a lost note is learnt again.</summary>
    public Task SaveTemplateAsync(PortalId portal, StageTemplate template, CancellationToken cancellationToken)
    {
        var values = new { PortalId = portal.Value, template.TemplateId, EntityTypeId = (long)template.EntityTypeId, template.Stage, SeenAt = UnixTime.Of(template.SeenAt) };
        return database.WriteAsync(connection => connection.Execute(SaveTemplateSql, values), Durability.Relaxed, cancellationToken);
    }

    /// <summary>Deletes what was learnt of a portal.</summary>
    public Task EraseAsync(PortalId portal, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(EraseStagesSql, new { PortalId = portal.Value }) + connection.Execute(EraseTemplatesSql, new { PortalId = portal.Value }),
        Durability.Full,
        cancellationToken);

    /// <summary>Part of a transfer's own write, so that learning costs no commit: a robot called from a stage.</summary>
    internal static void Learn(StoreConnection connection, StageSighting sighting)
    {
        if (sighting is not { Call: var call, Delay: { } delay })
        {
            return;
        }

        var key = new { PortalId = call.Portal.Value, call.RobotCode, EntityTypeId = (long)call.EntityTypeId, sighting.Stage, call.Connection };
        var calledAt = UnixTime.Of(call.CalledAt);
        var known = connection.QuerySingleOrDefault<Row>(FindSql, key);
        if (known is not null && known.LastCalledAt >= calledAt)
        {
            // Another attempt at the same call, or an older one that waited.
            return;
        }

        var differing = known is null ? [] : Differing(known.Properties, call.Properties);
        var alike = known is null || differing.Count > 0 ? 1 : known.ItemId == call.ItemId ? known.Alike : known.Alike + 1;
        IEnumerable<string> varying = known is null || alike >= AlikeAgain ? [] : [.. JsonSerializer.Deserialize<string[]>(known.Varying) ?? [], .. differing];
        connection.Execute(
            SaveSql,
            new
            {
                key.PortalId,
                key.RobotCode,
                key.EntityTypeId,
                key.Stage,
                key.Connection,
                sighting.CategoryId,
                call.Properties,
                Varying = JsonSerializer.Serialize(varying.Distinct(StringComparer.OrdinalIgnoreCase)),
                Alike = alike,
                Calls = (known?.Calls ?? 0) + 1,
                call.ItemId,
                call.UserId,
                Delay = (long)delay.TotalMilliseconds,
                TimeOut = UnixTime.Of(call.TimesOutAt) - calledAt,
                FirstCalledAt = known?.FirstCalledAt ?? calledAt,
                LastCalledAt = calledAt,
            });
    }

    /// <summary>Part of erasing an item: the last call from a stage may have brought its values.</summary>
    internal static void ForgetValues(StoreConnection connection, PortalId portal, int entityTypeId, long itemId)
    {
        var values = new { PortalId = portal.Value, EntityTypeId = (long)entityTypeId, ItemId = itemId };
        foreach (var row in connection.Query<Row>(OfItemSql, values))
        {
            connection.Execute(
                ForgetValuesSql,
                new { values.PortalId, row.RobotCode, values.EntityTypeId, row.Stage, row.Connection, Properties = RobotStage.WithoutTexts(row.Properties) });
        }
    }

    private static List<string> Differing(string before, string now)
    {
        if (before == now)
        {
            return [];
        }

        var (old, current) = (RobotStage.Read(before), RobotStage.Read(now));
        return [.. old.Keys.Union(current.Keys).Where(name => !(old.GetValueOrDefault(name) ?? []).SequenceEqual(current.GetValueOrDefault(name) ?? []))];
    }

    private sealed record TemplateRow
    {
        public long TemplateId { get; init; }

        public long EntityTypeId { get; init; }

        public string Stage { get; init; } = "";

        public long SeenAt { get; init; }
    }

    private sealed record Row
    {
        public const string Columns = """
            portal_id AS PortalId, robot_code AS RobotCode, entity_type_id AS EntityTypeId, stage AS Stage, connection AS Connection, category_id AS CategoryId, properties AS Properties,
            varying AS Varying, alike AS Alike, calls AS Calls, item_id AS ItemId, user_id AS UserId, delay AS Delay, time_out AS TimeOut, first_called_at AS FirstCalledAt, last_called_at AS LastCalledAt
            """;

        public long PortalId { get; init; }

        public string RobotCode { get; init; } = "";

        public long EntityTypeId { get; init; }

        public string Stage { get; init; } = "";

        public string Connection { get; init; } = "";

        public long? CategoryId { get; init; }

        public string Properties { get; init; } = "";

        public string Varying { get; init; } = "";

        public long Alike { get; init; }

        public long Calls { get; init; }

        public long ItemId { get; init; }

        public long? UserId { get; init; }

        public long Delay { get; init; }

        public long? TimeOut { get; init; }

        public long FirstCalledAt { get; init; }

        public long LastCalledAt { get; init; }

        public RobotStage ToStage() => new()
        {
            Portal = new PortalId(PortalId),
            RobotCode = RobotCode,
            EntityTypeId = (int)EntityTypeId,
            Stage = Stage,
            Connection = Connection,
            CategoryId = CategoryId,
            Properties = Properties,
            Varying = JsonSerializer.Deserialize<string[]>(Varying) ?? [],
            Calls = Calls,
            UserId = UserId,
            Delay = TimeSpan.FromMilliseconds(Delay),
            Timeout = TimeOut is { } timeOut ? TimeSpan.FromMilliseconds(timeOut) : null,
            FirstCalledAt = UnixTime.From(FirstCalledAt),
            LastCalledAt = UnixTime.From(LastCalledAt),
        };
    }
}

/// <summary>The workflow template that runs a stage's robots, and when it was last seen to do so.</summary>
public sealed record StageTemplate(long TemplateId, int EntityTypeId, string Stage, DateTimeOffset SeenAt)
{
    public bool IsOf(RobotStage robot) => robot.EntityTypeId == EntityTypeId && robot.Stage == Stage;
}
