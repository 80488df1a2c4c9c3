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
use Drupal\Component\Utility\Html;
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
   * @param bool $isNew
   *   Whether there is nothing to compare with: the agent made the item.
   *
   * @return array<string, mixed>
   *   A form element.
   */
  public function build(array $diffs, bool $isOpen, bool $isNew): array {
    $isShown = static fn (FieldDiff $diff): bool => $diff->isChanged && ($diff->isAgents || !$isNew);
    $form = ['#tree' => TRUE];
    foreach (array_filter($diffs, $isShown) as $diff) {
      $form[$diff->name] = $this->field($diff, $isOpen && $diff->isAgents, $isNew);
    }
    if (count($form) === 1) {
      $form['none'] = ['#markup' => '<p>' . $this->t('No field differs.') . '</p>'];
    }
    $others = array_filter($diffs, static fn (FieldDiff $diff): bool => !$isShown($diff) && $diff->view !== []);
    $form['unchanged'] = [
      '#type' => 'details',
      '#title' => $isNew
        ? $this->formatPlural(count($others), '1 field that the agent did not fill in', '@count fields that the agent did not fill in')
        : $this->formatPlural(count($others), '1 unchanged field', '@count unchanged fields'),
      '#attributes' => ['class' => ['ba-review__fold']],
      '#access' => $others !== [],
    ];
    foreach ($others as $diff) {
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

  private function field(FieldDiff $diff, bool $isOpen, bool $isNew): array {
    $id = Html::getUniqueId('ba-field-' . $diff->name);
    $some = $isOpen ? $this->passages($diff) : [];
    $field = [
      '#type' => 'container',
      '#attributes' => [
        'class' => ['ba-field', ...($some === [] ? [] : ['ba-field--some'])],
        'role' => 'group',
        'aria-labelledby' => $id,
      ],
      'name' => [
        '#type' => 'html_tag',
        '#tag' => 'h2',
        '#attributes' => ['id' => $id, 'class' => ['ba-field__name']],
        'text' => ['#plain_text' => $diff->label],
      ],
      'sentence' => [
        '#markup' => '<p class="ba-field__what">' . Html::escape($diff->sentence) . '</p>',
        '#access' => !$isNew && $diff->sentence !== '',
      ],
      'view' => $diff->view,
    ];
    if (!$diff->isAgents) {
      $field['by'] = ['#markup' => '<p class="ba-note">' . $this->t('Changed by somebody else, not by the agent. It goes with what you accept.') . '</p>'];
    }
    if ($isOpen) {
      $field['accept'] = [
        '#type' => 'checkbox',
        '#title' => $isNew ? $this->t('Accept @field', ['@field' => $diff->label]) : $this->t('Accept the changes of @field', ['@field' => $diff->label]),
        '#default_value' => 1,
        '#wrapper_attributes' => ['class' => ['ba-field__accept']],
      ];
      $field['some'] = $some;
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
      '#attributes' => ['class' => ['ba-review__fold']],
      '#states' => ['visible' => [':input[name="fields[' . $diff->name . '][accept]"]' => ['checked' => TRUE]]],
    ];
    foreach ($diff->texts as $key => $text) {
      $options = [];
      foreach ($text->passages() as $passage) {
        assert($passage instanceof Passage);
        $options[$passage->number] = $this->t('@number. @change', [
          '@number' => $passage->number,
          '@change' => $this->markup->line($passage),
        ]);
      }
      $isSummary = str_ends_with($key, ':summary');
      $form['passages'][$key] = [
        '#type' => 'checkboxes',
        '#title' => $isSummary ? $this->t('Changes of the summary') : $this->t('Changes of @field', ['@field' => $diff->label]),
        '#title_display' => count($diff->texts) > 1 ? 'before' : 'invisible',
        '#options' => $options,
        '#default_value' => array_keys($options),
      ];
    }
    return $form;
  }

}
