using System.Globalization;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Users;

namespace B24RobotApp.Transfers.Mapping.Values;

/// <summary>A value of a source portal's field, as what it means.</summary>
internal abstract record SourceValue
{
    /// <summary>What people read; <see langword="null"/> if they cannot.</summary>
    public abstract string? Text { get; }

    /// <summary>By what the portal itself knows it.</summary>
    public virtual string? Id => Text;

    public sealed record OfText(string Value) : SourceValue
    {
        public override string Text => Value;
    }

    public sealed record OfNumber(decimal Value) : SourceValue
    {
        public override string Text => Value.ToString(CultureInfo.InvariantCulture);
    }

    public sealed record OfFlag(bool Value, string Word) : SourceValue
    {
        public override string Text => Word;

        public override string Id => Value ? "Y" : "N";
    }

    public sealed record OfDate(DateOnly Value) : SourceValue
    {
        public override string Text => Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    public sealed record OfTime(DateTimeOffset Value) : SourceValue
    {
        public override string Text => Value.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    public sealed record OfMoney(decimal Amount, string Currency) : SourceValue
    {
        public override string Text => $"{Amount.ToString(CultureInfo.InvariantCulture)} {Currency}".TrimEnd();
    }

    /// <summary>An option of a list field.</summary>
    public sealed record OfChoice(string Field, CrmFieldOption Option) : SourceValue
    {
        public override string Text => Option.Value;

        public override string Id => Option.Id.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>An entry of a directory, or a stage.</summary>
    /// <param name="Table">The kind of value table its counterparts are in.</param>
    /// <param name="Code">Its code.</param>
    /// <param name="Name">What people call it; <see langword="null"/> if the portal did not tell.</param>
    public sealed record OfStatus(string Table, string Code, string? Name) : SourceValue
    {
        public override string Text => Name ?? Code;

        public override string Id => Code;
    }

    public sealed record OfCurrency(string Code) : SourceValue
    {
        public override string Text => Code;
    }

    public sealed record OfCategory(long Number, string? Name) : SourceValue
    {
        public override string? Text => Name;

        public override string Id => Number.ToString(CultureInfo.InvariantCulture);
    }

    /// <param name="Number">The employee's id.</param>
    /// <param name="User">What is known of him.</param>
    public sealed record OfUser(long Number, PortalUser? User) : SourceValue
    {
        public override string? Text => User is { Name.Length: > 0 } ? User.Name : User is { Email.Length: > 0 } ? User.Email : null;

        public override string Id => Number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Another CRM item.</summary>
    public sealed record OfItem(int EntityTypeId, long Number, string? Title) : SourceValue
    {
        public override string? Text => Title;

        public override string Id => Number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Something that means nothing outside its portal: an element of a list of its own, a location, another app's type.</summary>
    public sealed record OfOnePortal(string Raw) : SourceValue
    {
        public override string? Text => null;

        public override string Id => Raw;
    }
}
