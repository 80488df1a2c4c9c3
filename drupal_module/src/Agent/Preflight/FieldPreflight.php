<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Field\FieldValues;
use Drupal\background_agents\Guard\WritableFields;
use Drupal\Core\Access\AccessResultReasonInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Whether an agent can write the fields that its binding lets it write.
 *
 * @internal
 */
final class FieldPreflight {

  use StringTranslationTrait;

  public function __construct(
    private readonly WritableFields $fields,
    private readonly FormatsInUse $formats,
  ) {}

  /**
   * What the binding itself tells, whoever the agent acts as.
   *
   * @return list<\Drupal\background_agents\Agent\Preflight\Finding>
   *   The findings.
   */
  public function withoutAsking(Agent $agent, string $type, string $bundle): array {
    $limit = $agent->getFieldLimits()[$type][$bundle] ?? NULL;
    $operations = array_intersect($agent->getContent()[$type][$bundle] ?? [], ['create', 'revise']);
    if ($operations === [] || $limit === NULL) {
      return [];
    }
    if ($limit === []) {
      return [new Finding(Severity::Never, $this->t('It may write no field.'), [], Topic::Fields)];
    }
    $outside = array_diff_key($this->fields->of($type, $bundle), array_flip($limit));
    $found = [];
    $required = array_filter($outside, static fn (FieldDefinitionInterface $field): bool => $field->isRequired() && $field->getDefaultValueLiteral() === [] && (string) $field->getDefaultValueCallback() === '');
    if ($required !== [] && in_array('create', $operations, TRUE)) {
      $found[] = new Finding(Severity::Never, $this->t('A new item needs @fields: add it to its fields.', ['@fields' => $this->labels($required)]), [], Topic::Fields);
    }
    foreach (array_filter($outside, static fn (FieldDefinitionInterface $field): bool => self::isNamed($field->getName(), $agent->getSystemPrompt())) as $name => $field) {
      $found[] = new Finding(Severity::Partly, $this->t('Its instructions name "@name", and it cannot edit @field: add it to its fields.', [
        '@name' => $name,
        '@field' => $field->getLabel(),
      ]), [], Topic::Fields);
    }
    return $found;
  }

  /**
   * What Drupal's field access says to a run of the agent.
   *
   * @return list<\Drupal\background_agents\Agent\Preflight\Finding>
   *   The findings.
   */
  public function asked(Agent $agent, ContentEntityInterface $sample, AccountInterface $account): array {
    [$type, $bundle] = [$sample->getEntityTypeId(), $sample->bundle()];
    if (array_intersect($agent->getContent()[$type][$bundle] ?? [], ['create', 'revise']) === []) {
      return [];
    }
    $limit = $agent->getFieldLimits()[$type][$bundle] ?? NULL;
    $wanted = $this->fields->of($type, $bundle);
    $wanted = $limit === NULL ? $wanted : array_intersect_key($wanted, array_flip($limit));
    $found = $open = [];
    foreach ($wanted as $name => $field) {
      $access = $sample->get($name)->access('edit', $account, TRUE);
      if ($access->isAllowed()) {
        $open[$name] = $field;
        continue;
      }
      $found[] = new Finding($limit === NULL ? Severity::Note : Severity::Partly, $this->t('It cannot edit @field. @reason', [
        '@field' => $field->getLabel(),
        '@reason' => $access instanceof AccessResultReasonInterface ? (string) $access->getReason() : '',
      ]), [], Topic::Fields);
    }
    if ($open === [] && $wanted !== []) {
      array_unshift($found, new Finding(Severity::Never, $this->t('It cannot edit any of its fields.'), [], Topic::Fields));
    }
    return [...$found, ...$this->textFormats($type, $bundle, $open, $account)];
  }

  /**
   * Texts in formats that the account may not use: it cannot change them.
   *
   * @param string $type
   *   The entity type.
   * @param string $bundle
   *   The bundle.
   * @param array<string, \Drupal\Core\Field\FieldDefinitionInterface> $fields
   *   The fields that it may write.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The account.
   *
   * @return list<\Drupal\background_agents\Agent\Preflight\Finding>
   */
  private function textFormats(string $type, string $bundle, array $fields, AccountInterface $account): array {
    $closed = [];
    foreach (array_filter($fields, static fn (FieldDefinitionInterface $field): bool => in_array($field->getType(), FieldValues::TEXT_TYPES, TRUE)) as $name => $field) {
      $usable = FieldValues::formats($account, (array) ($field->getSetting('allowed_formats') ?? []));
      foreach ($this->formats->of($type, $bundle, $field) as $id => $format) {
        if (!isset($usable[$id])) {
          $closed[$id] ??= [$format, []];
          $closed[$id][1][$name] = $field;
        }
      }
    }
    return array_values(array_map(fn (array $one): Finding => new Finding(Severity::Partly, $this->t('The text format @format is not allowed to its role, so it cannot change such texts in @fields.', [
      '@format' => $one[0]->label(),
      '@fields' => $this->labels($one[1]),
    ]), [[(string) $one[0]->getPermissionName()]]), $closed));
  }

  /**
   * Whether instructions name a field by its machine name.
   *
   * A name that is a plain word counts only where it is marked as a name.
   */
  private static function isNamed(string $name, string $prompt): bool {
    $quoted = preg_quote($name, '/');
    return preg_match(str_contains($name, '_') ? "/(?<![A-Za-z0-9_])$quoted(?![A-Za-z0-9_])/" : "/[`\"']{$quoted}[`\"']/", $prompt) === 1;
  }

  private function labels(array $fields): string {
    return implode(', ', array_map(static fn (FieldDefinitionInterface $field): string => (string) $field->getLabel(), $fields));
  }

}
