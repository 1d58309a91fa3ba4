using System.Text.Json;
using B24RobotApp.Bitrix24.Values;
using B24RobotApp.Transfers.Mapping.Values;

namespace B24RobotApp.Transfers.Mapping.Templates;

/// <summary>The templates of a profile with what they may name: <c>deal</c>, <c>company</c>, <c>contact</c>, <c>contacts</c>, <c>robot</c>, <c>portal</c>.</summary>
internal sealed class RuleTemplates(MappingInput input)
{
    private readonly Dictionary<string, TemplateProblem?> _problems = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _results = new(StringComparer.Ordinal);
    private Dictionary<string, object?>? _values;

    /// <inheritdoc cref="LiquidTemplates.Render"/>
    public TemplateProblem? Render(string template, out string result)
    {
        if (!_problems.TryGetValue(template, out var problem))
        {
            _problems[template] = problem = LiquidTemplates.Render(template, _values ??= Values(), out result);
            _results[template] = result;
        }

        result = _results[template];
        return problem;
    }

    private Dictionary<string, object?> Values() => new()
    {
        ["deal"] = Deal(),
        ["company"] = input.Source.Company is { } company ? Plain(company) : null,
        ["contact"] = input.Source.Contacts is [var first, ..] ? Plain(first) : null,
        ["contacts"] = input.Source.Contacts.Select(Plain).ToList(),
        ["robot"] = input.Settings.Properties.ToDictionary(property => property.Key, object? (property) => string.Join(", ", property.Value)),
        ["portal"] = new Dictionary<string, object?> { ["host"] = input.SourcePortal.Host, ["address"] = input.SourcePortal.AbsoluteUri, ["dealId"] = input.SourceDealId },
    };

    /// <summary>The deal's fields by their original names, each as people read it; numbers stay numbers.</summary>
    private Dictionary<string, object?> Deal()
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in input.Source.Deal.AsMap())
        {
            if (!input.SourceSchema.Fields.TryGetValue(name, out var field))
            {
                values[name] = Plain(value);
                continue;
            }

            var read = SourceValues.Read(value, field, input).Select(one => one switch
            {
                SourceValue.OfNumber number => number.Value,
                SourceValue.OfFlag flag => flag.Value,
                _ => (object?)one.Text ?? one.Id,
            }).ToList();
            values[name] = field.IsMultiple ? read : read.FirstOrDefault();
        }

        return values;
    }

    private static object? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(property => property.Name, property => Plain(property.Value), StringComparer.OrdinalIgnoreCase),
        JsonValueKind.Array => value.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.Number => value.AsDecimal(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
