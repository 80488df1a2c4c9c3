<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\Preflight\ContentPreflight;
use Drupal\background_agents\Agent\Preflight\Finding;
use Drupal\background_agents\Agent\Preflight\Severity;
use Drupal\background_agents\Agent\Preflight\Topic;
use Drupal\background_agents\Agent\RoleGrants;
use Drupal\background_agents\Entity\Agent;
use Drupal\Component\Utility\Html;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Says beside a row whether the agent can do what is checked in it.
 *
 * What its role lacks can be given with a click, by those who may.
 *
 * @internal
 */
final class PreflightCell {

  use StringTranslationTrait;

  public function __construct(
    private readonly ContentPreflight $preflight,
    private readonly RoleGrants $grants,
  ) {}

  /**
   * Builds the cell; its findings come with the values of the form.
   */
  public function build(string $key, string $label): array {
    return [
      '#type' => 'container',
      '#attributes' => [
        'id' => self::id($key),
        'class' => ['ba-preflight'],
        'role' => 'group',
        'aria-live' => 'polite',
        'aria-label' => $this->t('Can it do this with @content?', ['@content' => $label]),
      ],
      'findings' => ['#theme' => 'item_list', '#items' => [], '#attributes' => ['class' => ['ba-preflight__list']]],
    ];
  }

  /**
   * What was found about a row, each with what would help.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param string $key
   *   The row.
   * @param string[] $granted
   *   Names of permissions that are checked already.
   * @param bool $joins
   *   Whether a workflow is chosen for the content type, which is saved with
   *   the form.
   *
   * @return list<array<string, mixed>>
   *   Items of the list; nothing where nothing is checked.
   */
  public function of(Agent $agent, string $key, array $granted = [], bool $joins = FALSE): array {
    [$type, $bundle] = explode(':', $key, 2);
    $operations = $agent->getContent()[$type][$bundle] ?? [];
    if ($operations === []) {
      return [];
    }
    $findings = $this->preflight->of($agent, $type, $bundle);
    if ($joins) {
      $findings = array_filter($findings, static fn (Finding $one): bool => $one->topic !== Topic::Moderation);
      $findings[] = new Finding(Severity::Note, $this->t('It comes under the chosen workflow when you save.'));
    }
    $bad = array_filter($findings, static fn (Finding $one): bool => $one->severity !== Severity::Note);
    $items = array_map(fn (Finding $one): array => $this->item($one, $key, $granted), $findings);
    if ($bad === []) {
      array_unshift($items, $this->entry('ok', $agent->getRole() === NULL ? $this->t('Its role and its permissions are looked at when it has one.') : $this->t('Yes')));
    }
    return array_values($items);
  }

  /**
   * The permissions that were chosen in the rows, and that help.
   *
   * @return list<string>
   *   Names of permissions.
   */
  public function chosen(Agent $agent, FormStateInterface $form_state): array {
    $chosen = [];
    foreach ((array) ($form_state->getUserInput()['content']['table'] ?? []) as $key => $row) {
      $wanted = array_keys((array) ($row['grant'] ?? []));
      [$type, $bundle] = explode(':', (string) $key, 2) + ['', ''];
      $offered = $wanted === [] ? [] : $this->offered($this->preflight->of($agent, $type, $bundle));
      $chosen = [...$chosen, ...array_intersect($offered, $wanted)];
    }
    return array_values(array_unique($chosen));
  }

  /**
   * The permissions that the acting person may give so that findings go away.
   *
   * @param list<\Drupal\background_agents\Agent\Preflight\Finding> $findings
   *   The findings.
   *
   * @return list<string>
   *   Names of permissions: of several that would do, the first.
   */
  public function offered(array $findings): array {
    $names = array_merge([], ...array_map(static fn (Finding $one): array => array_map(static fn (array $group): string => $group[0], $one->permissions), $findings));
    return array_values(array_filter($names, $this->grants->mayGive(...)));
  }

  /**
   * One finding.
   */
  private function item(Finding $finding, string $key, array $granted): array {
    $offered = $this->offered([$finding]);
    $item = $this->entry($finding->severity->value, $finding->text);
    foreach ($offered as $name) {
      $item['grant_' . count($item)] = [
        '#type' => 'inline_template',
        '#template' => '<label class="ba-preflight__grant"><input type="checkbox" class="form-checkbox form-boolean form-boolean--type-checkbox" name="{{ name }}" value="1"{% if checked %} checked{% endif %}> {{ label }}</label>',
        '#context' => [
          'checked' => in_array($name, $granted, TRUE),
          'name' => "content[table][$key][grant][$name]",
          'label' => $this->t('Give its role "@permission" when I save', ['@permission' => $this->grants->title($name)]),
        ],
      ];
    }
    if ($offered === [] && $finding->permissions !== []) {
      $item['ask'] = ['#markup' => ' ' . $this->t('Ask somebody who administers permissions.')];
    }
    return $item;
  }

  private function entry(string $kind, string|\Stringable $text): array {
    $words = [
      'ok' => '✓',
      'never' => $this->t('No:'),
      'partly' => $this->t('In part:'),
      'note' => $this->t('Note:'),
    ];
    return [
      '#wrapper_attributes' => ['class' => ['ba-preflight__item', "ba-preflight__item--$kind"]],
      'text' => ['#markup' => $this->t('<strong>@kind</strong> @text', ['@kind' => $words[$kind], '@text' => $text])],
    ];
  }

  /**
   * Id of the cell of a row, in the page.
   */
  public static function id(string $key): string {
    return 'ba-preflight-' . Html::getClass($key);
  }

}
