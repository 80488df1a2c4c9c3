<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Guard\ProtectedFields;
use Drupal\background_agents\Review\StoredValues;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Judges the fields that a run set, one by one.
 *
 * @internal
 */
final class FormerFields {

  use StringTranslationTrait;

  public function __construct(
    private readonly StoredValues $values,
    private readonly AcceptedPart $part,
    private readonly ProtectedFields $protected,
    private readonly LaterEditor $editors,
  ) {}

  /**
   * Judges them; fields where nothing of the agent stands are left out.
   *
   * @param array{before: array<string, list<mixed>>, after: array<string, list<mixed>>} $own
   *   Stored items of what the run set.
   * @param \Drupal\Core\Entity\ContentEntityInterface $live
   *   The default version.
   * @param \Drupal\Core\Entity\ContentEntityInterface $newest
   *   The newest version.
   *
   * @return list<\Drupal\background_agents\Review\Undo\PlannedField>
   *   In the order in which they were set.
   */
  public function of(array $own, ContentEntityInterface $live, ContentEntityInterface $newest): array {
    $before = $this->values->ofItems($live, $own['before']);
    $after = $this->values->ofItems($live, $own['after']);
    $liveValues = $this->values->of($live);
    $newestValues = $this->values->of($newest);
    $fields = [];
    foreach (array_keys($own['after']) as $name) {
      if (!isset($before[$name], $after[$name]) || !$newest->hasField($name)) {
        continue;
      }
      $definition = $live->get($name)->getFieldDefinition();
      $isPart = $this->part->is($definition->getType(), $own['before'][$name], $own['after'][$name], array_values($live->get($name)->getValue()));
      $verdict = ThreeWay::of($before[$name], $after[$name], $liveValues[$name] ?? [], $newestValues[$name] ?? [], $isPart);
      if ($verdict !== Verdict::Nothing) {
        $isDrafted = ThreeWay::same($liveValues[$name] ?? [], $after[$name]) || $isPart;
        $field = new PlannedField($name, (string) $definition->getLabel(), $verdict, $own['before'][$name]);
        $fields[] = $this->explained($field, $live, $newest, $isDrafted, $this->protected->isComposite($definition));
      }
    }
    return $fields;
  }

  /**
   * Adds why a field stays, and what the person may not do.
   */
  private function explained(PlannedField $field, ContentEntityInterface $live, ContentEntityInterface $newest, bool $isDrafted, bool $isComposite): PlannedField {
    return match (TRUE) {
      $field->verdict === Verdict::Left => $field->judged(Verdict::Left, $isDrafted ? $this->editors->drafted($newest) : $this->editors->changed($live)),
      $field->verdict !== Verdict::Back => $field,
      $isComposite => $field->judged(Verdict::Invalid, $this->t('Parts of a page, such as paragraphs, are not put back.')),
      default => $field,
    };
  }

}
