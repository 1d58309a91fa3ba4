using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Transfers.Connections;
using B24RobotApp.Transfers.Mapping;
using B24RobotApp.Transfers.Portals;
using B24RobotApp.Transfers.Schemas.Suggestions;
using B24RobotApp.Transfers.Schemas.Validation;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>What a person who makes a profile asks: what could it be, and what is wrong with it. Nothing is written anywhere.</summary>
public sealed class ProfileAssistant(PortalSchemas schemas, ValueTableStore tables)
{
    /// <summary>Suggests a profile from the live schemas of both portals.</summary>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">A portal did not answer, or refused.</exception>
    public async Task<ProfileSuggestion> SuggestAsync(Portal portal, EsbConnection connection)
    {
        var (source, esb) = await SchemasAsync(portal, connection, CrmKind.Deal, CrmKind.Deal);
        return ProfileSuggester.Suggest(source, esb);
    }

    /// <summary>Holds a document against the live schemas of both portals.</summary>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">A portal did not answer, or refused.</exception>
    public async Task<IReadOnlyList<ProfileFinding>> ValidateAsync(
        string json, Portal portal, EsbConnection connection, string language, CancellationToken cancellationToken)
    {
        if (!MappingProfile.TryParse(json, out var profile, out _))
        {
            return [.. MappingProfile.FindProblems(json).Select(problem => new ProfileFinding(FindingSeverity.Error, "PROFILE_BROKEN", problem.Path, problem.In(language)))];
        }

        var (source, esb) = await SchemasAsync(portal, connection, KindOf(profile.From), KindOf(profile.To));
        return ProfileValidator.Validate(
            profile, source, esb, await tables.FindAsync(portal.Id, connection.Code, cancellationToken), new ProfileTexts(language));
    }

    /// <summary>The kind that a profile names. One for smart processes of all types is held against deals, whose common fields are theirs too.</summary>
    public static CrmKind KindOf(string name) => CrmKind.Find(name) ?? CrmKind.Deal;

    /// <summary>The live schemas of both sides.</summary>
    /// <param name="portal">The source portal.</param>
    /// <param name="connection">The ESB.</param>
    /// <param name="from">What it is at the source.</param>
    /// <param name="to">What it becomes on the ESB.</param>
    /// <exception cref="Bitrix24.Errors.Bitrix24Exception">A portal did not answer, or refused.</exception>
    public async Task<(PortalSchema Source, PortalSchema Esb)> SchemasAsync(Portal portal, EsbConnection connection, CrmKind from, CrmKind to)
    {
        // Fields that a transfer would create on the ESB are not created by looking.
        var source = schemas.OfSourceAsync(portal, from.EntityTypeId);
        var esb = schemas.OfEsbAsync(connection with { CreateMissingFields = false }, to.EntityTypeId);
        await Task.WhenAll(source, esb);
        return (await source, await esb);
    }
}
