using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Crm;
using B24RobotApp.Bitrix24.Errors;
using Microsoft.Extensions.Logging;

namespace B24RobotApp.Transfers.Schemas;

/// <summary>Sends calls to a portal, at most a batch.</summary>
/// <exception cref="Bitrix24Exception">The request as a whole failed.</exception>
public delegate Task<IReadOnlyList<CallOutcome>> AskPortal(IReadOnlyList<Call> calls);

/// <summary>
/// Loads all that is to be known of one kind of item in as few requests as there can be: what can be asked at once goes in one batch, further pages and what depends on the first answers in the
/// next. What a portal refuses beyond fields and stages is done without.
/// </summary>
internal sealed partial class SchemaLoader(AskPortal ask, int entityTypeId, string portal, ILogger logger)
{
    private const int PageSize = 50;

    /// <summary>Of one list: a total is a portal's word, and each page of it a question.</summary>
    private const int MostEntries = 50_000;

    private static readonly string[] Languages = ["ru", "en"];

    private readonly List<CrmField> _fields = [];
    private readonly List<CrmStatus> _statuses = [];
    private readonly Dictionary<string, DescribedUserField> _userFields = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<long, string> _categories = [];
    private readonly Dictionary<string, SchemaCurrency> _currencies = new(StringComparer.Ordinal);
    private readonly Dictionary<int, SchemaMeasure> _measures = [];

    /// <summary>Loads.</summary>
    /// <exception cref="Bitrix24Exception">Fields, pipelines or stages could not be loaded.</exception>
    public async Task<PortalSchema> LoadAsync(DateTimeOffset now)
    {
        var questions = FirstQuestions().ToList();
        while (questions.Count > 0)
        {
            var next = new List<Question>();
            foreach (var portion in questions.Chunk(BatchLimits.MaxCommands))
            {
                var outcomes = await ask([.. portion.Select(question => question.Call)]);
                for (var i = 0; i < portion.Length; i++)
                {
                    next.AddRange(Read(portion[i], outcomes[i]));
                }
            }

            questions = next;
        }

        return Assemble(now);
    }

    private IEnumerable<Question> FirstQuestions()
    {
        // Fields come first: by the first outcome those who send the calls see whether a user or webhook may do anything at all.
        yield return new(CrmItems.Fields(entityTypeId), true, ReadFields);
        yield return new(Statuses.ListAll(), true, result => ReadPages(result, Statuses.ListAll, true, page =>
        {
            _statuses.AddRange(Statuses.Read(page));
            return [];
        }));
        if (StageDirectories.HasPipelines(entityTypeId))
        {
            yield return new(Categories.List(entityTypeId), true, result =>
            {
                foreach (var category in Categories.Read(result))
                {
                    _categories[category.Id] = category.Name;
                }

                return [];
            });
        }

        foreach (var language in UserFields.HasOwnList(entityTypeId) ? Languages : [])
        {
            yield return UserFieldPages(
                start => UserFields.List(entityTypeId, language, start), UserFields.Read, language);
        }

        yield return new(Currencies.List(), false, result =>
        {
            foreach (var currency in Currencies.Read(result))
            {
                _currencies[currency.Code] = new SchemaCurrency(currency.Code, currency.IsBase);
            }

            return [];
        });
        yield return new(Measures.ListOlder(), false, result => ReadPages(result, Measures.ListOlder, false, ReadMeasures));
    }

    private IEnumerable<Question> Read(Question question, CallOutcome outcome)
    {
        if (outcome.Result is { } result)
        {
            return question.Read(result);
        }

        // What passes by itself is asked again with all the rest.
        if (question.IsRequired || outcome.Failure is not { Kind: FailureKind.Refused or FailureKind.Disconnected } failure)
        {
            outcome.GetOrThrow();
            return [];
        }

        Log.DoneWithout(logger, portal, failure.Method, failure.Code, failure.Description);

        // The older method is gone one day; the current one wants more rights.
        return question.Call.Method == Measures.ListOlder().Method
            ? [new(Measures.List(), false, measures => ReadPages(measures, Measures.List, false, ReadMeasures))]
            : [];
    }

    private IEnumerable<Question> ReadFields(CallResult result)
    {
        _fields.AddRange(CrmItems.ReadFields(result));
        if (UserFields.HasOwnList(entityTypeId)
            || UserFields.ConfigOwner(entityTypeId, _fields.Where(field => field.IsUserField).Select(field => field.UpperName)) is not { } owner)
        {
            yield break;
        }

        foreach (var language in Languages)
        {
            yield return UserFieldPages(
                start => UserFields.ListConfigs(owner, language, start), page => UserFields.ReadConfigs(page, language), language);
        }
    }

    private Question UserFieldPages(Func<int, Call> list, Func<CallResult, IEnumerable<CrmUserField>> read, string language)
    {
        IEnumerable<Question> ReadPage(CallResult page)
        {
            foreach (var field in read(page))
            {
                if (!_userFields.TryGetValue(field.Name, out var described))
                {
                    _userFields.Add(field.Name, described = new DescribedUserField(field));
                    if (field is { Type: "enumeration", Options.Count: 0 } && !UserFields.HasOwnList(entityTypeId))
                    {
                        // Choices of these fields are told one field at a time.
                        yield return new Question(UserFields.GetConfig(field.Id), false, answer =>
                        {
                            described.Options = UserFields.ReadConfig(answer, language).Options;
                            return [];
                        });
                    }
                }

                if (field.Label.Length > 0)
                {
                    described.Labels[language] = field.Label;
                }
            }
        }

        return new(list(0), false, result => ReadPages(result, list, false, ReadPage));
    }

    /// <summary>Reads a first page; by its total all further ones are known at once.</summary>
    private static IEnumerable<Question> ReadPages(CallResult first, Func<int, Call> list, bool isRequired, Func<CallResult, IEnumerable<Question>> read)
    {
        foreach (var question in read(first))
        {
            yield return question;
        }

        if (first.Next is { } next && first.Total is not > 0)
        {
            yield return new Question(list(next), isRequired, page => ReadPages(page, list, isRequired, read));
            yield break;
        }

        for (var start = first.Next; start < Math.Min(first.Total ?? 0, MostEntries); start += PageSize)
        {
            yield return new Question(list(start.Value), isRequired, read);
        }
    }

    private IEnumerable<Question> ReadMeasures(CallResult page)
    {
        foreach (var measure in Measures.Read(page))
        {
            _measures[measure.Code] = new SchemaMeasure(measure.Code, measure.Name, measure.Symbol);
        }

        return [];
    }

    private PortalSchema Assemble(DateTimeOffset now)
    {
        var fields = new Dictionary<string, SchemaField>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in _fields)
        {
            var described = field.IsUserField ? _userFields.GetValueOrDefault(field.UpperName) : null;

            // User fields are known by their original names; what the portal calls them differs between its versions.
            var name = field.IsUserField ? field.UpperName : field.Name;
            fields[name] = new SchemaField
            {
                Name = name,
                PortalName = field.Name,
                Type = field.Type,
                IsUserField = field.IsUserField,
                IsReadOnly = field.IsReadOnly,
                IsImmutable = field.IsImmutable,
                IsMultiple = field.IsMultiple,
                IsRequired = field.IsRequired,
                StatusType = field.StatusType,
                LinkedKind = field.LinkedKinds is [var only] ? only : null,
                Options = described is { Options.Count: > 0 } ? described.Options : field.Options,
                Labels = Labels(field, described),
                XmlId = string.IsNullOrWhiteSpace(described?.XmlId) ? null : described.XmlId,
            };
        }

        foreach (var field in _fields.Where(field => !field.IsUserField))
        {
            fields.TryAdd(field.UpperName, fields[field.Name]);
        }

        var directories = fields.Values.Select(field => field.StatusType).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var stages = new Dictionary<string, SchemaStage>(StringComparer.Ordinal);
        var entries = new Dictionary<string, List<SchemaStatus>>(StringComparer.Ordinal);
        foreach (var status in _statuses.OrderBy(status => status.Sort))
        {
            if (StageDirectories.CategoryOf(entityTypeId, status.Directory) is { } category)
            {
                stages.TryAdd(status.Code, new SchemaStage(status.Code, category, status.Name, status.Semantics is "S" or "F" ? status.Semantics : "P"));
            }
            else if (directories.Contains(status.Directory))
            {
                if (!entries.TryGetValue(status.Directory, out var list))
                {
                    entries.Add(status.Directory, list = []);
                }

                list.Add(new SchemaStatus(status.Code, status.Name));
            }
        }

        return new PortalSchema
        {
            EntityTypeId = entityTypeId,
            Fields = fields,
            Categories = _categories,
            Stages = stages,
            Directories = entries.ToDictionary(list => list.Key, list => (IReadOnlyList<SchemaStatus>)list.Value),
            Currencies = _currencies,
            Measures = _measures,
            LoadedAt = now,
        };
    }

    private static Dictionary<string, string> Labels(CrmField field, DescribedUserField? described)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { [PortalSchema.OwnLanguage] = field.Title };
        foreach (var (language, label) in described?.Labels ?? [])
        {
            labels[language] = label;
        }

        return labels;
    }

    /// <summary>A call, whether the schema is of use without its answer, and what its answer leads to.</summary>
    private sealed record Question(Call Call, bool IsRequired, Func<CallResult, IEnumerable<Question>> Read);

    private sealed class DescribedUserField(CrmUserField field)
    {
        public string? XmlId { get; } = field.XmlId;

        public IReadOnlyList<CrmFieldOption> Options { get; set; } = field.Options;

        public Dictionary<string, string> Labels { get; } = new(StringComparer.Ordinal);
    }

    private static partial class Log
    {
        [LoggerMessage(2211, LogLevel.Information, "{Portal} refused {Method} ({Code}: {Description}); what it would have told is done without")]
        public static partial void DoneWithout(ILogger logger, string portal, string method, string code, string description);
    }
}
