<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\Diff\DiffMarkup;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\Diff\Passage;
use Drupal\background_agents\Review\Diff\RevisionDiff;
use Drupal\background_agents\Review\ReviewedRevision;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The fields of a draft on its page: differences, and what can be chosen.
 *
 * @internal
 */
final class DraftFields {

  use StringTranslationTrait;

  /**
   * Passages that can be chosen one by one; of more, nobody would.
   */
  private const int MOST_PASSAGES = 40;

  public function __construct(
    private readonly RevisionDiff $diff,
    private readonly ReviewedRevision $revisions,
    private readonly DiffMarkup $markup,
  ) {}

  /**
   * Returns all fields, those that differ first.
   *
   * @return list<\Drupal\background_agents\Review\Diff\FieldDiff>
   *   All fields, those that differ first.
   */
  public function diffs(Change $change, ?ContentEntityInterface $former, ContentEntityInterface $draft): array {
    return $this->diff->of($former, $draft, $this->revisions->names($change));
  }

  /**
   * The fields, with checkboxes where a person decides.
   *
   * @param list<\Drupal\background_agents\Review\Diff\FieldDiff> $diffs
   *   All fields.
   * @param bool $isOpen
   *   Whether parts can be chosen.
   *
   * @return array<string, mixed>
   *   A form element.
   */
  public function build(array $diffs, bool $isOpen): array {
    $changed = array_filter($diffs, static fn (FieldDiff $diff): bool => $diff->isChanged);
    $form = ['#tree' => TRUE];
    foreach ($changed as $diff) {
      $form[$diff->name] = $this->field($diff, $isOpen && $diff->isAgents);
    }
    if ($changed === []) {
      $form['none'] = ['#markup' => '<p>' . $this->t('No field differs.') . '</p>'];
    }
    $form['unchanged'] = [
      '#type' => 'details',
      '#title' => $this->formatPlural(count($diffs) - count($changed), '1 unchanged field', '@count unchanged fields'),
      '#access' => count($diffs) > count($changed),
    ];
    foreach (array_filter($diffs, static fn (FieldDiff $diff): bool => !$diff->isChanged && $diff->view !== []) as $diff) {
      $form['unchanged'][$diff->name] = ['#type' => 'item', '#title' => $diff->label, 'view' => $diff->view];
    }
    return $form;
  }

  /**
   * What was chosen.
   *
   * @param array<string, array<string, mixed>> $values
   *   Submitted values of the fields.
   * @param bool $isRestKept
   *   Whether the rest stays a draft.
   */
  public function choice(array $values, bool $isRestKept): Choice {
    $fields = [];
    foreach ($values as $name => $value) {
      if (!is_array($value) || empty($value['accept'])) {
        continue;
      }
      $passages = [];
      foreach ((array) ($value['some']['passages'] ?? []) as $text => $numbers) {
        $passages[$text] = array_values(array_map(intval(...), array_filter((array) $numbers)));
      }
      $isAll = $passages === [] || !in_array(0, array_map(intval(...), array_merge(...array_map(array_values(...), array_values((array) $value['some']['passages'])))), TRUE);
      $fields[$name] = $isAll ? TRUE : $passages;
    }
    return new Choice($fields, $isRestKept);
  }

  private function field(FieldDiff $diff, bool $isOpen): array {
    $field = [
      '#type' => 'fieldset',
      '#title' => $diff->label,
      '#attributes' => ['class' => ['ba-review__field']],
      'sentence' => ['#markup' => '<p class="ba-meta">' . htmlspecialchars($diff->sentence) . '</p>'],
      'view' => $diff->view,
    ];
    if (!$diff->isAgents) {
      $field['by'] = ['#markup' => '<p class="ba-note">' . $this->t('Changed by somebody else, not by the agent.') . '</p>'];
    }
    if ($isOpen) {
      $field['accept'] = [
        '#type' => 'checkbox',
        '#title' => $this->t('Accept the changes of @field', ['@field' => $diff->label]),
        '#default_value' => 1,
      ];
      $field['some'] = $this->passages($diff);
    }
    return $field;
  }

  /**
   * Checkboxes for the passages of a text, where there are several.
   */
  private function passages(FieldDiff $diff): array {
    $count = array_sum(array_map(static fn ($text): int => count($text->passages()), $diff->texts));
    if ($count < 2 || $count > self::MOST_PASSAGES) {
      return [];
    }
    $form = [
      '#type' => 'details',
      '#title' => $this->formatPlural($count, 'Choose among 1 change', 'Choose among @count changes'),
      '#states' => ['visible' => [':input[name="fields[' . $diff->name . '][accept]"]' => ['checked' => TRUE]]],
    ];
    foreach ($diff->texts as $key => $text) {
      $options = [];
      foreach ($text->passages() as $passage) {
        assert($passage instanceof Passage);
        $options[$passage->number] = $this->markup->line($passage);
      }
      $form['passages'][$key] = [
        '#type' => 'checkboxes',
        '#title' => $this->t('Changes of @field', ['@field' => $diff->label]),
        '#title_display' => 'invisible',
        '#options' => $options,
        '#default_value' => array_keys($options),
      ];
    }
    return $form;
  }

}
