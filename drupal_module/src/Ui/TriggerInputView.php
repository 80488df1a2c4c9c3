<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Contract\SchemaValidator;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Trigger\TriggerInput;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The input that a run of a trigger would get, for people.
 *
 * @internal
 */
final class TriggerInputView {

  use StringTranslationTrait;

  public function __construct(
    private readonly TriggerInput $input,
  ) {}

  /**
   * A row for each value, and what is wrong with them.
   *
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   The trigger, which need not be saved.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $item
   *   The content; NULL: none was chosen, or nothing to fill it with.
   */
  public function build(Trigger $trigger, ?ContentEntityInterface $item): array {
    if ($trigger->getType() === 'content' && $item === NULL) {
      return [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#attributes' => ['role' => 'status'],
        'text' => ['#plain_text' => (string) $this->t('Choose an item that you may see.')],
      ];
    }
    $values = $this->input->values($trigger, $item);
    $rows = [];
    foreach ($trigger->getInput() as $name => $text) {
      $rows[] = [(string) $name, $text, ['data' => $this->value($values, (string) $name)]];
    }
    $problems = $this->problems($trigger, $values);
    return [
      '#type' => 'container',
      '#attributes' => ['role' => 'status'],
      'table' => CardTable::of([
        '#type' => 'table',
        '#caption' => $item === NULL ? $this->t('Input of a run') : $this->t('Input of a run for %item', ['%item' => $item->label()]),
        '#header' => [$this->t('Name'), $this->t('As it is set'), $this->t('What the agent gets')],
        '#rows' => $rows,
        '#empty' => $this->t('The trigger sets no input. What the run is about is told to the agent anyway.'),
      ], $this->t('Input of a run')),
      'problems' => [
        '#type' => 'item',
        '#title' => $this->t('Such a run would be refused'),
        'list' => ['#theme' => 'item_list', '#items' => $problems],
        '#access' => $problems !== [],
      ],
    ];
  }

  private function value(\stdClass $values, string $name): array {
    if (!property_exists($values, $name)) {
      return ['#plain_text' => (string) $this->t('nothing: it comes out empty, and is left out')];
    }
    $value = $values->{$name};
    return [
      '#plain_text' => match (TRUE) {
      $value === '' => (string) $this->t('empty'),
      is_string($value) => $value,
      default => Json::encode($value),
      },
    ];
  }

  /**
   * Why a run with this input would be refused.
   *
   * @return string[]
   *   Sentences; none: it would not.
   */
  private function problems(Trigger $trigger, \stdClass $values): array {
    try {
      $schema = Agent::load($trigger->getAgentId())?->getInputSchema();
      $errors = $schema === NULL ? [] : SchemaValidator::validateForeign($values, $schema);
    }
    catch (\UnexpectedValueException | \JsonException | \TypeError $error) {
      return [$error->getMessage()];
    }
    return array_map(static fn (array $error): string => trim("{$error['pointer']} {$error['detail']}"), $errors);
  }

}
