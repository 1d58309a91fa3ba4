using System.Globalization;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Rest;

/// <summary>PHP's one collection, as far as reading input needs it: ordered keys, where <c>[]</c> takes the next free number.</summary>
internal sealed class PhpArray
{
    private readonly List<KeyValuePair<string, object>> _items = [];
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private long _nextNumber;

    /// <summary>Puts a text at a path of keys; a <see langword="null"/> key appends.</summary>
    public void Set(IReadOnlyList<string?> path, string value)
    {
        var array = this;
        for (var i = 0; i < path.Count - 1; i++)
        {
            array = array.Child(path[i]);
        }
        array.Put(path[^1], value);
    }

    public JsonObject ToMap()
    {
        var map = new JsonObject();
        foreach (var (key, value) in _items)
        {
            map.Add(key, ToNode(value));
        }
        return map;
    }

    private static JsonNode ToNode(object value) => value switch
    {
        PhpArray array when array.IsList => new JsonArray([.. array._items.Select(item => ToNode(item.Value))]),
        PhpArray array => array.ToMap(),
        _ => JsonValue.Create((string)value),
    };

    private bool IsList
    {
        get
        {
            for (var i = 0; i < _items.Count; i++)
            {
                if (_items[i].Key != i.ToString(CultureInfo.InvariantCulture))
                {
                    return false;
                }
            }
            return true;
        }
    }

    private PhpArray Child(string? key)
    {
        if (key is not null && _index.TryGetValue(key, out var at) && _items[at].Value is PhpArray existing)
        {
            return existing;
        }
        var child = new PhpArray();
        Put(key, child);
        return child;
    }

    private void Put(string? key, object value)
    {
        key ??= _nextNumber.ToString(CultureInfo.InvariantCulture);
        if (_index.TryGetValue(key, out var at))
        {
            _items[at] = new(key, value);
            return;
        }

        _index.Add(key, _items.Count);
        _items.Add(new(key, value));
        if (long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= _nextNumber && key == number.ToString(CultureInfo.InvariantCulture))
        {
            _nextNumber = number + 1;
        }
    }
}
