<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\AgentPermissionNeeds;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\WritableFields;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Access\AccessResultReasonInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Whether an agent can do with a content type what its binding says.
 *
 * The agent need not be saved: its form asks as it is filled in.
 *
 * @internal
 */
final class ContentPreflight {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly WritableFields $fields,
    private readonly AgentPermissionNeeds $needs,
    private readonly AgentAccounts $accounts,
    private readonly FieldPreflight $fieldPreflight,
    private readonly AsAgent $asAgent,
    private readonly SampleItem $samples,
  ) {}

  /**
   * What is found about each content type that the agent may touch.
   *
   * @return array<string, list<\Drupal\background_agents\Agent\Preflight\Finding>>
   *   Findings by "entity type:bundle"; none: it works.
   */
  public function all(Agent $agent): array {
    $found = [];
    foreach ($agent->getContent() as $type => $bundles) {
      foreach (array_keys($bundles) as $bundle) {
        $found["$type:$bundle"] = $this->of($agent, (string) $type, (string) $bundle);
      }
    }
    return $found;
  }

  /**
   * What is found about one content type.
   *
   * @return list<\Drupal\background_agents\Agent\Preflight\Finding>
   *   The findings, the gravest first.
   */
  public function of(Agent $agent, string $type, string $bundle): array {
    $operations = $agent->getContent()[$type][$bundle] ?? [];
    if ($operations === []) {
      return [];
    }
    if (!$this->fields->isKnown($type, $bundle)) {
      $text = $this->t('The site has no content type "@bundle" of "@type".', ['@bundle' => $bundle, '@type' => $type]);
      return [new Finding(Severity::Never, $text, [], Topic::Content)];
    }
    $found = $this->moderation($agent, $type, $bundle, $operations);
    array_push($found, ...$this->permissions($agent, $type, $bundle, $operations), ...$this->fieldPreflight->withoutAsking($agent, $type, $bundle));
    if ($agent->getRole() !== NULL) {
      array_push($found, ...$this->asked($agent, $type, $bundle, $operations, $found === []));
    }
    usort($found, static fn (Finding $a, Finding $b): int => array_search($a->severity, Severity::cases(), TRUE) <=> array_search($b->severity, Severity::cases(), TRUE));
    return $found;
  }

  /**
   * Whether drafts of the content type can exist.
   *
   * @return list<\Drupal\background_agents\Agent\Preflight\Finding>
   */
  private function moderation(Agent $agent, string $type, string $bundle, array $operations): array {
    if (array_intersect($operations, ['create', 'revise']) === []) {
      return [];
    }
    if (AgentAccess::isNeverWritten($type) || !$this->entityTypeManager->getDefinition($type)->isRevisionable()) {
      return [new Finding(Severity::Never, $this->t('Agents do not write "@type".', ['@type' => $type]), [], Topic::Content)];
    }
    $stuck = $this->needs->statesWithoutDraft($type, $bundle, $operations);
    return match (TRUE) {
      $stuck === NULL && $agent->mayWriteUnmoderated() => [
        new Finding(Severity::Note, $this->t('It is in no workflow: what the agent writes is live at once.'), [], Topic::Moderation),
      ],
      $stuck === NULL => [new Finding(Severity::Never, $this->t('It is in no workflow, so there are no drafts of it.'), [], Topic::Moderation)],
      $stuck !== [] => [
        new Finding(Severity::Never, $this->t('Its workflow has no transition from @states to a draft state.', ['@states' => implode(', ', $stuck)]), [], Topic::Moderation),
      ],
      default => [],
    };
  }

  /**
   * The permissions that are known to be needed.
   *
   * @return list<\Drupal\background_agents\Agent\Preflight\Finding>
   */
  private function permissions(Agent $agent, string $type, string $bundle, array $operations): array {
    if ($agent->getRole() === NULL) {
      return [];
    }
    return array_map(
      fn (array $names): Finding => new Finding(Severity::Never, $this->t('Its role lacks the permission "@names".', ['@names' => implode('" or "', $names)]), [$names]),
      $this->needs->lacking($type, $bundle, $operations, $this->accounts->permissionsOf($agent)),
    );
  }

  /**
   * What Drupal's access says to a run of the agent.
   *
   * @param bool $isFine
   *   Whether nothing was found before: else a refusal follows from that.
   *
   * @return list<\Drupal\background_agents\Agent\Preflight\Finding>
   */
  private function asked(Agent $agent, string $type, string $bundle, array $operations, bool $isFine): array {
    return $this->asAgent->ask($agent, function (AccountInterface $account) use ($agent, $type, $bundle, $operations, $isFine): array {
      $sample = $this->samples->of($type, $bundle);
      $refused = $isFine ? array_filter(array_map(fn (string $operation): ?Finding => $this->refusal($operation, $sample, $account), $operations)) : [];
      return [...array_values($refused), ...$this->fieldPreflight->asked($agent, $sample, $account)];
    });
  }

  private function refusal(string $operation, EntityInterface $sample, AccountInterface $account): ?Finding {
    $access = match ($operation) {
      'create' => $this->entityTypeManager->getAccessControlHandler($sample->getEntityTypeId())->createAccess($sample->bundle(), $account, [], TRUE),
      'revise' => $sample->access('update', $account, TRUE),
      default => $sample->access('view', $account, TRUE),
    };
    assert($access instanceof AccessResultInterface);
    if ($access->isAllowed()) {
      return NULL;
    }
    $reason = $access instanceof AccessResultReasonInterface ? (string) $access->getReason() : '';
    return new Finding(Severity::Never, match ($operation) {
      'create' => $this->t('Its account may not create it. @reason', ['@reason' => $reason]),
      'revise' => $this->t('Its account may not edit it. @reason', ['@reason' => $reason]),
      default => $this->t('Its account may not see it. @reason', ['@reason' => $reason]),
    });
  }

}
