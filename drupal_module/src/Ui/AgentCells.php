<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\Preflight\AgentReadiness;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What the list of agents says of each: whether it can work, and as whom.
 *
 * @internal
 */
final class AgentCells {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentReadiness $readiness,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * Active, disabled, and what is missing before it can work.
   */
  public function status(Agent $agent): array {
    $missing = $this->readiness->known($agent);
    [$tone, $text] = match (TRUE) {
      !$agent->status() => ['info', $missing === [] ? $this->t('Disabled') : $this->t('Disabled, and cannot work yet')],
      $missing !== [] => [
        'warning',
        $this->formatPlural(count($missing), 'Something is missing', '@count things are missing'),
      ],
      default => ['ok', $this->t('Active')],
    };
    return [
      'badge' => [
        '#type' => 'html_tag',
        '#tag' => 'span',
        '#attributes' => ['class' => ['ba-badge', 'ba-badge--' . $tone]],
        '#value' => $text,
      ],
      'what' => [
        '#type' => 'html_tag',
        '#tag' => 'div',
        '#attributes' => ['class' => ['ba-meta']],
        'text' => ['#markup' => $this->t('@text', ['@text' => $missing[0] ?? ''])],
        '#access' => $missing !== [],
      ],
    ];
  }

  /**
   * The account of an agent, with a link for who may see it.
   */
  public function account(Agent $agent): array {
    $account = $this->accounts->accountOf($agent);
    if ($account === NULL) {
      return ['#markup' => $this->t('none')];
    }
    return $account->access('view') ? $account->toLink($account->getDisplayName())->toRenderable() : ['#plain_text' => $account->getDisplayName()];
  }

}
