using System.Diagnostics.CodeAnalysis;

namespace B24RobotApp.Bitrix24.Values;

/// <summary>A portal's permanent id, 32 hexadecimal digits in lower case. It survives every change of the portal's address.</summary>
public readonly record struct MemberId
{
    private MemberId(string value) => Value = value;

    /// <summary>The id as Bitrix24 sends it.</summary>
    public string Value { get; }

    /// <summary>Reads a member id; <see langword="false"/> if the text is not 32 hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MemberId memberId)
    {
        var valid = text is { Length: 32 } && text.All(char.IsAsciiHexDigit);
        memberId = valid ? new MemberId(text!.ToLowerInvariant()) : default;
        return valid;
    }

    /// <summary>Reads a member id that was checked before, such as one from the store.</summary>
    /// <exception cref="FormatException">The text is not 32 hexadecimal digits.</exception>
    public static MemberId Parse(string text) =>
        TryParse(text, out var memberId) ? memberId : throw new FormatException("A member id is 32 hexadecimal digits.");

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The owner of a pair of tokens: one user of one portal. Tokens of different users are never mixed.</summary>
/// <param name="Member">The portal.</param>
/// <param name="UserId">The user's id on that portal.</param>
public readonly record struct TokenOwner(MemberId Member, long UserId);
