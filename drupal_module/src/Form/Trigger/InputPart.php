<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Trigger;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Contract\SchemaFieldType;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Ui\TokenBrowser;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The part of a trigger's form that has the input of the agent.
 *
 * @internal
 */
final class InputPart {

  use StringTranslationTrait;

  public function __construct(
    private readonly TokenBrowser $tokens,
  ) {}

  /**
   * The input: a field for each property of the agent's schema.
   */
  public function build(Trigger $trigger, FormStateInterface $form_state): array {
    $agent = Agent::load((string) ($form_state->getValue('agent') ?: $trigger->getAgentId()));
    $input = $trigger->getInput();
    $schema = $agent?->getInputSchema();
    $properties = (array) ($schema->properties ?? []);
    $part = [
      '#type' => 'details',
      '#title' => $this->t('Input of the agent'),
      '#description' => $this->t('Values may hold tokens, such as [node:title] or [node:url]. What the run is about (type, UUID, revision, language) is told to the agent anyway.'),
      '#open' => TRUE,
      '#tree' => TRUE,
      '#weight' => 20,
      '#prefix' => '<div id="ba-trigger-input">',
      '#suffix' => '</div>',
      'properties' => [],
    ];
    foreach ($properties as $name => $property) {
      $part['properties'][$name] = [
        '#type' => 'textarea',
        '#rows' => 2,
        '#title' => (string) ($property->title ?? $name),
        '#description' => ['#plain_text' => trim(($property->description ?? '') . ' ' . PlainTextOutput::renderFromHtml($this->hint($property)))],
        '#default_value' => $input[$name] ?? '',
      ];
    }
    $more = array_diff_key($input, $properties);
    $part['more'] = [
      '#type' => 'textarea',
      '#title' => $properties === [] ? $this->t('Values') : $this->t('More values'),
      '#description' => $this->t('One a line: name, colon, value. Example: %example', ['%example' => 'title: [node:title]']),
      '#default_value' => implode("\n", array_map(static fn (string $name, string $value): string => $name . ': ' . str_replace("\n", ' ', $value), array_keys($more), $more)),
      '#access' => $properties === [] || $more !== [],
    ];
    return $part + ['tokens' => $this->tokens->build(['node', 'user', 'site'])];
  }

  /**
   * How the value has to look once its tokens are filled in.
   */
  private function hint(mixed $property): string|\Stringable {
    $choices = $property->enum ?? NULL;
    if (is_array($choices) && array_filter($choices, is_scalar(...)) === $choices) {
      return $this->t('One of: @choices.', ['@choices' => implode(', ', array_map(static fn (mixed $value): string => is_string($value) ? $value : Json::encode($value), $choices))]);
    }
    return match ($property instanceof \stdClass ? SchemaFieldType::of($property) : NULL) {
      SchemaFieldType::WholeNumber => $this->t('A whole number.'),
      SchemaFieldType::Number => $this->t('A number.'),
      SchemaFieldType::YesNo => $this->t('true or false.'),
      SchemaFieldType::Texts => $this->t('A list: one a line.'),
      SchemaFieldType::Date => $this->t('A date, such as 2026-03-31 or [node:created:custom:Y-m-d].'),
      SchemaFieldType::DateTime => $this->t('A date and time, such as 2026-03-31T09:00:00Z or [node:created:custom:c].'),
      SchemaFieldType::Email => $this->t('An e-mail address.'),
      SchemaFieldType::Uri => $this->t('An address, such as [node:url:absolute].'),
      SchemaFieldType::Content => $this->t('The UUID of content, such as [node:uuid].'),
      default => '',
    };
  }

  /**
   * The input, by name. Empty values are left out.
   */
  public function read(FormStateInterface $form_state): array {
    $input = [];
    foreach ((array) $form_state->getValue(['input', 'properties']) as $name => $value) {
      $input[$name] = trim(str_replace("\r\n", "\n", (string) $value));
    }
    foreach ($this->lines($form_state) as $line) {
      [$name, $value] = explode(':', $line, 2) + ['', ''];
      $input[trim($name)] = trim($value);
    }
    return array_filter($input, static fn (string $value): bool => $value !== '');
  }

  /**
   * The lines of the values that have no field of their own.
   *
   * @return string[]
   */
  public function lines(FormStateInterface $form_state): array {
    return array_values(array_filter(array_map(trim(...), explode("\n", (string) $form_state->getValue(['input', 'more']))), static fn (string $line): bool => $line !== ''));
  }

}
