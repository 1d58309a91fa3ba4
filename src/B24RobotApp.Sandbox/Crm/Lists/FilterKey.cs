namespace B24RobotApp.Sandbox.Crm.Lists;

/// <summary>A key of a filter, split into its signs and the field's name.</summary>
internal readonly record struct FilterKey(string Prefix, string Name)
{
    private static readonly Dictionary<string, Comparison> Comparisons = new(StringComparer.Ordinal)
    {
        [""] = Comparison.Equal,
        ["="] = Comparison.Equal,
        ["@"] = Comparison.Equal,
        ["!"] = Comparison.NotEqual,
        ["!="] = Comparison.NotEqual,
        ["!@"] = Comparison.NotEqual,
        [">"] = Comparison.Greater,
        [">="] = Comparison.GreaterOrEqual,
        ["<"] = Comparison.Less,
        ["<="] = Comparison.LessOrEqual,
        ["%"] = Comparison.Contains,
        ["!%"] = Comparison.ContainsNot,
        ["=%"] = Comparison.Like,
        ["%="] = Comparison.Like,
        ["!=%"] = Comparison.LikeNot,
        ["!%="] = Comparison.LikeNot,
    };

    /// <summary><see langword="null"/> for signs that mean nothing.</summary>
    public Comparison? Meaning => Comparisons.TryGetValue(Prefix, out var comparison) ? comparison : null;

    /// <summary>Only equality takes lists.</summary>
    public bool TakesLists => Prefix is "" or "=" or "@" or "!=" or "!@";

    public static FilterKey Parse(string key)
    {
        var length = 0;
        while (length < key.Length && key[length] is '=' or '!' or '<' or '>' or '%' or '@')
        {
            length++;
        }
        return new(key[..length], key[length..]);
    }
}
