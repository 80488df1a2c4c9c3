<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Contract\SchemaValidator;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Trigger\TriggerInput;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Whether the runs of a trigger would have the input that their agent needs.
 *
 * @internal
 */
final class TriggerInputCheck {

  use StringTranslationTrait;

  public function __construct(
    private readonly TriggerInput $input,
  ) {}

  /**
   * What is wrong with the input of a trigger.
   *
   * Of content, only what is left empty is known beforehand: the tokens are
   * filled in when the content changes. The clock has no content, so the input
   * is checked as a run would get it.
   *
   * @return array<string, mixed>
   *   Sentences, keyed by property; '' is the input as a whole.
   */
  public function problems(Trigger $trigger): array {
    $schema = Agent::load($trigger->getAgentId())?->getInputSchema();
    if ($schema === NULL) {
      return [];
    }
    $problems = [];
    foreach (array_filter((array) ($schema->required ?? []), is_string(...)) as $name) {
      if (trim($trigger->getInput()[$name] ?? '') === '') {
        $title = (string) ($schema->properties?->{$name}?->title ?? $name);
        $problems[$name] = $this->t('The agent needs the input "@title": without it every run of this trigger is refused.', ['@title' => $title]);
      }
    }
    if ($problems !== [] || $trigger->getType() === 'content') {
      return $problems;
    }
    try {
      $errors = SchemaValidator::validateForeign($this->input->values($trigger, NULL), $schema);
    }
    catch (\UnexpectedValueException $error) {
      return ['' => $this->t('The input schema of the agent cannot be used: @problem', ['@problem' => $error->getMessage()])];
    }
    foreach ($errors as $error) {
      $name = explode('/', $error['pointer'])[1] ?? '';
      $problems[$name] ??= $this->t('Every run of this trigger would be refused. @name: @detail', [
        '@name' => $name === '' ? $this->t('Input') : $name,
        '@detail' => $error['detail'],
      ]);
    }
    return $problems;
  }

}
