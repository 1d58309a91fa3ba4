using B24RobotApp.Sandbox.Crm.Items;

namespace B24RobotApp.Sandbox.Crm.Directories;

/// <summary>Deal pipelines and their stages.</summary>
internal static class Pipeline
{
    private static readonly string[] Colors = ["#39A8EF", "#2FC6F6", "#55D0E0", "#47E4C2", "#FFA900"];

    public static void Set(CrmData data, int id, string name, IReadOnlyList<PipelineStage> stages, long? sort = null)
    {
        data.Categories.RemoveAll(category => category.EntityTypeId == EntityTypes.DealId && category.Id == id);
        data.Categories.Add(new CrmCategory(id, EntityTypes.DealId, name) { IsDefault = id == 0, Sort = sort ?? (id == 0 ? 300 : 200) });

        var (directory, prefix) = id == 0 ? ("DEAL_STAGE", "") : ($"DEAL_STAGE_{id}", $"C{id}:");
        data.Directories.Clear(directory);
        foreach (var (index, (code, title, semantics)) in stages.Index())
        {
            var color = semantics switch { "S" => "#7BD500", "F" => "#FF5752", _ => Colors[index % Colors.Length] };
            var isSystem = index == 0 || code is "WON" or "LOSE";
            data.Directories.AddStage(directory, prefix + code, title, color, semantics, id == 0 ? null : id, isSystem);
        }
    }
}
