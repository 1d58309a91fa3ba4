using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Schemas;

namespace B24RobotApp.Transfers.Mapping.Values;

/// <summary>How a value is spelled for the ESB, or why it is not.</summary>
/// <param name="Node">The value.</param>
/// <param name="Problem">What is against it.</param>
/// <param name="IsNoMatch">Whether the types fit and only this value does not.</param>
/// <param name="AwaitsClient">Whether it points to the deal's own client, which is not on the ESB yet.</param>
internal readonly record struct Spelling(JsonNode? Node, MappingProblem? Problem = null, bool IsNoMatch = false, bool AwaitsClient = false)
{
    public static Spelling NoMatch(string code, string message) => new(null, new(code, message), true);
}

/// <summary>
/// Spells a source portal's value as a field of the ESB takes it. Whatever the ESB would drop without a word, or take for something else, is a problem here.
/// Source: crm/universal/crm-item-add.md; portal sources for what PHP calls empty.
/// </summary>
internal sealed class EsbValues(MappingInput input)
{
    private const int ChoicesNamed = 10;

    private readonly HashSet<string> _usersToFind = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc cref="DealMap.UsersToFind"/>
    public IReadOnlySet<string> UsersToFind => _usersToFind;

    /// <summary>Reads a text as a person, a template or a placeholder wrote it.</summary>
    public Spelling Read(string text, SchemaField to)
    {
        text = text.Trim();
        return to.Type switch
        {
            "user" or "employee" when text.Contains('@', StringComparison.Ordinal) =>
                FindUser(text) is { } id ? new(JsonValue.Create(id)) : Spelling.NoMatch("USER_UNKNOWN", input.Texts.UserUnknown(text)),

            // Whether a stage fits is known once the pipeline is.
            "crm_status" when to.Name != "stageId" && EntriesOf(to) is { Count: > 0 } entries && text.Length > 0 =>
                (entries.FirstOrDefault(entry => entry.Code == text) ?? entries.FirstOrDefault(entry => AreSame(entry.Name, text))) is { } entry
                    ? new(entry.Code)
                    : Spelling.NoMatch("FIELD_VALUE", input.Texts.FieldValue(to.Name, text, input.Texts.Expected(ExpectedValue.Choice, Named(entries.Select(one => one.Name))))),
            _ => OfPersonsText(text, to),
        };
    }

    /// <summary>Reads a profile's constant: one value or a list of them.</summary>
    public IEnumerable<Spelling> ReadConstant(JsonNode constant, SchemaField to) =>
        constant is JsonArray list ? list.OfType<JsonNode>().Select(one => ReadOneConstant(one, to)) : [ReadOneConstant(constant, to)];

    private Spelling ReadOneConstant(JsonNode constant, SchemaField to) => constant.GetValueKind() switch
    {
        // A JSON boolean is no boolean to every portal.
        JsonValueKind.True => Read("Y", to),
        JsonValueKind.False => Read("N", to),
        JsonValueKind.Object => new(constant.DeepClone()),
        _ => Read(constant.ToString(), to),
    };

    /// <summary>Spells one value.</summary>
    public Spelling Spell(SourceValue value, SchemaField from, SchemaField to, Conversion conversion)
    {
        if (conversion != Conversion.Auto)
        {
            return Convert(value, conversion) is { } converted
                ? Spell(converted, from, to, Conversion.Auto)
                : Spelling.NoMatch("CONVERSION", input.Texts.ConversionImpossible(from.Name, value.Text ?? value.Id ?? "", conversion.ToString()));
        }

        return to.Type switch
        {
            "string" or "text" or "url" or "address" => OfText(value, from, to),
            "boolean" or "char" => OfFlag(value, from, to),
            "integer" or "double" => OfNumber(value, from, to),
            "money" => OfMoney(value, from, to),
            "date" => OfDate(value, from, to),
            "datetime" => OfTime(value, from, to),
            "enumeration" => OfChoice(value, from, to),
            "crm_status" => OfStatus(value, from, to),
            "crm_currency" => OfCurrency(value, from, to),
            "crm_category" => OfCategory(value, from, to),
            "user" or "employee" => OfUser(value, from, to),
            _ when CrmReference.KindOf(to) is { } kind => OfItem(value, from, to, kind),
            "file" => WrongPair(from, to),
            var type when FieldValues.IsOfOnePortal(type) => WrongPair(from, to),
            _ => OfText(value, from, to),
        };
    }

    private static SourceValue? Convert(SourceValue value, Conversion conversion) => (conversion, value) switch
    {
        (Conversion.Text, { Text: { } text }) => new SourceValue.OfText(text),
        (Conversion.Id, { Id: { } id }) => new SourceValue.OfText(id),
        (Conversion.Amount, SourceValue.OfMoney money) => new SourceValue.OfNumber(money.Amount),
        (Conversion.Amount, SourceValue.OfNumber number) => number,
        (Conversion.Currency, SourceValue.OfMoney { Currency.Length: > 0 } money) => new SourceValue.OfCurrency(money.Currency),
        (Conversion.Currency, SourceValue.OfCurrency currency) => currency,
        (Conversion.Email, SourceValue.OfUser { User.Email: { Length: > 0 } email }) => new SourceValue.OfText(email),
        _ => null,
    };

    private Spelling OfText(SourceValue value, SchemaField from, SchemaField to) => value switch
    {
        SourceValue.OfOnePortal => WrongPair(from, to),
        { Text: { } text } => new(text),
        _ => Spelling.NoMatch("NAME_UNREADABLE", input.Texts.NameUnreadable(from.Name, value.Id ?? "", to.Name)),
    };

    private Spelling OfFlag(SourceValue value, SchemaField from, SchemaField to) => value switch
    {
        SourceValue.OfFlag flag => new(flag.Value ? "Y" : "N"),
        SourceValue.OfNumber { Value: 0 or 1 } number => new(number.Value == 1 ? "Y" : "N"),
        SourceValue.OfText or SourceValue.OfChoice or SourceValue.OfNumber => OfPersonsText(value.Text!, to),
        _ => WrongPair(from, to),
    };

    private Spelling OfNumber(SourceValue value, SchemaField from, SchemaField to) => value switch
    {
        SourceValue.OfNumber number => Number(Rated(from, number.Value), to),
        SourceValue.OfMoney money => Number(money.Amount, to),
        SourceValue.OfFlag flag => Number(flag.Value ? 1 : 0, to),
        SourceValue.OfText or SourceValue.OfChoice => OfPersonsText(value.Text!, to),
        _ => WrongPair(from, to),
    };

    private Spelling Number(decimal number, SchemaField to) =>
        to.Type == "integer" && number != decimal.Truncate(number) ? Unfit(number.ToString(CultureInfo.InvariantCulture), to)
        : new(FieldValues.Number(to.Type == "integer" ? decimal.Truncate(number) : number, to));

    private Spelling OfMoney(SourceValue value, SchemaField from, SchemaField to)
    {
        switch (value)
        {
            case SourceValue.OfMoney money when money.Currency.Length > 0:
                var currency = CurrencyOf(money.Currency);
                return currency.Problem is not null ? currency : Money(Converted(money.Amount, money.Currency, currency.Node!.ToString()), currency.Node!.ToString());
            case SourceValue.OfMoney or SourceValue.OfNumber:
                var amount = value is SourceValue.OfMoney bare ? bare.Amount : ((SourceValue.OfNumber)value).Value;
                var own = input.Source.Deal.TryGetProperty("currencyId", out var code) ? code.ToString() : "";
                var deals = own.Length > 0 ? CurrencyOf(own) : Spelling.NoMatch("FIELD_VALUE", Expected(value.Text!, to));
                return deals.Problem is not null ? deals : Money(Converted(amount, own, deals.Node!.ToString()), deals.Node!.ToString());
            case SourceValue.OfText or SourceValue.OfChoice:
                return OfPersonsText(value.Text!, to);
            default:
                return WrongPair(from, to);
        }

        static Spelling Money(decimal amount, string currency) => new($"{amount.ToString(CultureInfo.InvariantCulture)}|{currency}");
    }

    private Spelling OfDate(SourceValue value, SchemaField from, SchemaField to) => value switch
    {
        SourceValue.OfDate date => new(date.Text),

        // The day as the source's people see it, in their server's zone.
        SourceValue.OfTime time => new(time.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        SourceValue.OfText or SourceValue.OfChoice => OfPersonsText(value.Text!, to),
        _ => WrongPair(from, to),
    };

    private Spelling OfTime(SourceValue value, SchemaField from, SchemaField to) => value switch
    {
        SourceValue.OfTime time => new(time.Text),

        // Without an offset it is midnight over there, so the day stays the day.
        SourceValue.OfDate date => new($"{date.Text}T00:00:00"),
        SourceValue.OfText or SourceValue.OfChoice => OfPersonsText(value.Text!, to),
        _ => WrongPair(from, to),
    };

    private Spelling OfChoice(SourceValue value, SchemaField from, SchemaField to)
    {
        if (value is SourceValue.OfOnePortal or SourceValue.OfItem { Title: null } || value.Text is not { } text)
        {
            return value is SourceValue.OfOnePortal ? WrongPair(from, to) : Missing(TableOf(value, from), value, to);
        }

        var table = TableOf(value, from);
        if (input.TryFindInTables(table, text, out var told) || input.TryFindInTables(table, value.Id ?? text, out told))
        {
            text = told;
        }
        else if (value is SourceValue.OfChoice { Option.XmlId: { Length: > 0 } xmlId } && to.Options.FirstOrDefault(option => option.XmlId == xmlId) is { } same)
        {
            return new(JsonValue.Create(same.Id));
        }

        var match = to.Options.FirstOrDefault(option => AreSame(option.Value, text))
            ?? (value is SourceValue.OfFlag flag ? to.Options.FirstOrDefault(option => FieldValues.ReadFlag(option.Value) == flag.Value) : null)
            ?? (told is null ? null : to.Options.FirstOrDefault(option => option.Id.ToString(CultureInfo.InvariantCulture) == told));
        return match is null ? Missing(table, value, to) : new(JsonValue.Create(match.Id));
    }

    private Spelling OfStatus(SourceValue value, SchemaField from, SchemaField to)
    {
        if (value is SourceValue.OfOnePortal || value.Text is not { } text)
        {
            return value is SourceValue.OfOnePortal ? WrongPair(from, to) : Missing(TableOf(value, from), value, to);
        }

        var entries = EntriesOf(to);
        var table = TableOf(value, from);
        if (input.TryFindInTables(table, value.Id ?? text, out var told) || input.TryFindInTables(table, text, out told))
        {
            var entry = entries.FirstOrDefault(one => one.Code == told) ?? entries.FirstOrDefault(one => AreSame(one.Name, told));
            return entry is null ? Missing(table, value, to) : new(entry.Code);
        }

        // What people call it says more than a code, which may be a made-up one; but the portals' languages may differ, and then the system's own codes tell.
        var code = value.Id ?? text;
        var named = entries.Where(entry => AreSame(entry.Name, text)).ToList();
        var match = named.FirstOrDefault(entry => entry.Code == code) ?? named.FirstOrDefault() ?? entries.FirstOrDefault(entry => entry.Code == code);
        return match is null ? Missing(table, value, to) : new(match.Code);
    }

    private IReadOnlyList<SchemaStatus> EntriesOf(SchemaField to) =>
        to.Name == "stageId" ? [.. input.Esb.Stages.Values.Select(stage => new SchemaStatus(stage.Code, stage.Name))]
        : to.StatusType is { } directory ? input.Esb.Directories.GetValueOrDefault(directory) ?? []
        : [];

    private Spelling OfCurrency(SourceValue value, SchemaField from, SchemaField to) => value switch
    {
        SourceValue.OfCurrency currency => CurrencyOf(currency.Code),
        SourceValue.OfMoney { Currency.Length: > 0 } money => CurrencyOf(money.Currency),
        SourceValue.OfText or SourceValue.OfChoice => CurrencyOf(value.Text!.Trim().ToUpperInvariant()),
        _ => WrongPair(from, to),
    };

    private Spelling CurrencyOf(string code)
    {
        var target = input.TryFindInTables("currencies", code, out var told) ? told : code;
        return input.Esb.Currencies.Count == 0 || input.Esb.Currencies.ContainsKey(target)
            ? new(target)
            : Spelling.NoMatch("CURRENCY_UNKNOWN", input.Texts.CurrencyUnknown(target));
    }

    private Spelling OfCategory(SourceValue value, SchemaField from, SchemaField to)
    {
        if (value is not (SourceValue.OfCategory or SourceValue.OfText or SourceValue.OfNumber))
        {
            return WrongPair(from, to);
        }

        // A number is the source's id of a pipeline to the table, and nothing else to anybody.
        var told = input.TryFindInTables("categories", value.Id!, out var esb) || (value.Text is { } text && input.TryFindInTables("categories", text, out esb)) ? esb : null;
        var name = told ?? (value is SourceValue.OfNumber ? null : value.Text);
        var match = input.Esb.Categories.FirstOrDefault(category =>
            told is not null ? told == category.Key.ToString(CultureInfo.InvariantCulture) || AreSame(category.Value, told) : name is not null && AreSame(category.Value, name));
        return match.Value is not null ? new(JsonValue.Create(match.Key)) : Missing("categories", value, to);
    }

    /// <summary>What a person has said in a table comes first, then the e-mail that both portals know, then who stands in for everybody.</summary>
    private Spelling OfUser(SourceValue value, SchemaField from, SchemaField to)
    {
        var email = value switch
        {
            SourceValue.OfUser user => user.User?.Email,
            SourceValue.OfText or SourceValue.OfChoice => value.Text!.Contains('@', StringComparison.Ordinal) ? value.Text.Trim() : "",
            _ => null,
        };
        if (email is null && value is not SourceValue.OfUser)
        {
            return WrongPair(from, to);
        }

        var told = input.TryFindInTables("users", value.Id!, out var esb) ? esb : null;
        return (FindUser(told) ?? FindUser(email) ?? FindUser(input.Profile.UserDefault)) is { } id ? new(JsonValue.Create(id)) : Missing("users", value, to);
    }

    private long? FindUser(string? user)
    {
        if (string.IsNullOrEmpty(user))
        {
            return null;
        }

        if (!input.Lookups.EsbUsers.TryGetValue(user, out var id))
        {
            _usersToFind.Add(user);
        }

        return id;
    }

    private Spelling OfItem(SourceValue value, SchemaField from, SchemaField to, int kind)
    {
        if (value is not SourceValue.OfItem item)
        {
            return WrongPair(from, to);
        }

        var reference = new CrmReference(item.EntityTypeId, item.Number);
        if (kind != 0 && item.EntityTypeId != kind)
        {
            return Spelling.NoMatch("ITEM_OF_OTHER_KIND", input.Texts.ItemOfOtherKind(from.Name, item.Title ?? reference.Spell(), to.Name));
        }

        if (input.Lookups.Counterparts.TryGetValue(reference, out var esbId))
        {
            return new(kind == 0 || to.Type == "crm" ? new CrmReference(item.EntityTypeId, esbId).Spell() : JsonValue.Create(esbId));
        }

        return input.ComingClient.Contains(reference)
            ? new(null, AwaitsClient: true)
            : Spelling.NoMatch("ITEM_NOT_SENT", input.Texts.ItemNotSent(from.Name, item.Title ?? item.Id!, to.Name));
    }

    /// <summary>The deal's amount in the currency that it has on the ESB.</summary>
    private decimal Rated(SchemaField from, decimal number)
    {
        if (from.Name is not ("opportunity" or "taxValue") || !input.Source.Deal.TryGetProperty("currencyId", out var code)
            || !input.TryFindInTables("currencies", code.ToString(), out var target))
        {
            return number;
        }

        return Converted(number, code.ToString(), target);
    }

    private decimal Converted(decimal amount, string from, string to) =>
        from != to && input.Profile.Rates.TryGetValue($"{from}>{to}", out var rate) ? decimal.Round(amount * rate, 2, MidpointRounding.AwayFromZero) : amount;

    /// <summary>A text as a person writes it, for a field of another type.</summary>
    private Spelling OfPersonsText(string text, SchemaField to) =>
        FieldValues.Read(text, to, out var value) is { } expected
            ? Spelling.NoMatch("FIELD_VALUE", input.Texts.FieldValue(to.Name, text, input.Texts.Expected(expected, Named(to.Options.Select(option => option.Value)))))
            : new(value);

    private static string Named(IEnumerable<string> choices) => string.Join(", ", choices.Take(ChoicesNamed));

    private string Expected(string text, SchemaField to) => input.Texts.FieldValue(to.Name, text, input.Texts.Expected(ExpectedValue.Money));

    private Spelling Unfit(string text, SchemaField to) =>
        Spelling.NoMatch("FIELD_VALUE", input.Texts.FieldValue(to.Name, text, input.Texts.Expected(ExpectedValue.WholeNumber)));

    private Spelling WrongPair(SchemaField from, SchemaField to) =>
        new(null, new("TYPE_PAIR", input.Texts.TypePair(from.Name, from.Type, to.Name, to.Type)));

    private Spelling Missing(string table, SourceValue value, SchemaField to)
    {
        var source = value is SourceValue.OfChoice ? value.Text! : value.Id ?? value.Text ?? "";
        return Spelling.NoMatch(
            "TABLE_MISSING", input.Texts.TableMissing(table, source, value.Text ?? source, to.Name, input.SourcePortal.Authority, input.Connection));
    }

    /// <summary>The table in which a person says what a value is on the ESB.</summary>
    private static string TableOf(SourceValue value, SchemaField from) => value switch
    {
        SourceValue.OfStatus status => status.Table,
        SourceValue.OfUser => "users",
        SourceValue.OfCurrency => "currencies",
        SourceValue.OfCategory => "categories",
        _ => $"lists:{from.Name}",
    };

    private static bool AreSame(string left, string right) => string.Equals(left.Trim(), right.Trim(), StringComparison.CurrentCultureIgnoreCase);
}
